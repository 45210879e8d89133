package io.step3.server;

import io.step3.chat.ChatModel;
import io.step3.chat.PictureUrls;
import java.time.Instant;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * What all connections of a server share.
 *
 * @param model answers
 * @param reading permits to read a request's JSON, which may take many times its size
 * @param log gets a line for each request
 * @param started when the model was there
 */
record Service(
        ChatModel model,
        ServerOptions options,
        Limits limits,
        Access access,
        Admission admission,
        Bodies bodies,
        Metrics metrics,
        PictureUrls pictures,
        Semaphore reading,
        Page page,
        Consumer<String> log,
        Instant started) {

    /** Requests of which the JSON is read at the same time. */
    private static final int READ_AT_ONCE = 2;

    static Service of(ChatModel model, ServerOptions options, Limits limits, Consumer<String> log) {
        var admission = new Admission(options.parallel(), options.queue());
        long most = Math.max(2L * options.maxBody(), Runtime.getRuntime().maxMemory() / 4);
        return new Service(
                model,
                options,
                limits,
                new Access(options),
                admission,
                new Bodies(most),
                new Metrics(admission::running, admission::waiting),
                new RemotePictures(options.imageHosts()),
                new Semaphore(READ_AT_ONCE),
                Page.load(),
                log,
                Instant.now());
    }
}
