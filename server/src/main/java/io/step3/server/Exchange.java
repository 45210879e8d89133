package io.step3.server;

import com.google.gson.JsonObject;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.step3.chat.Cancellation;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One request and its response on the wire. It is answered once, whole or as a stream, from any
 * thread; nothing here waits for the client.
 */
final class Exchange {

    private static final String JSON = "application/json";

    private final Channel channel;
    private final HttpMethod method;
    private final HttpVersion version;
    private final Optional<String> allowedOrigin;
    private final Consumer<Exchange> answered;
    private final String id = Ids.of("req_");
    private final long began = System.nanoTime();
    private final Cancellation cancellation = new Cancellation();
    private volatile boolean keepAlive;
    private volatile int status;
    private volatile Runnable onWritable = () -> {};

    /**
     * Not answered yet.
     *
     * @param answered told in the event loop when the last byte of the response is written
     */
    Exchange(
            Channel channel,
            HttpMethod method,
            HttpVersion version,
            boolean keepAlive,
            Optional<String> allowedOrigin,
            Consumer<Exchange> answered) {
        this.channel = channel;
        this.method = method;
        this.version = version;
        this.keepAlive = keepAlive && version.isKeepAliveDefault();
        this.allowedOrigin = allowedOrigin;
        this.answered = answered;
    }

    /** By which client and log know it. */
    String id() {
        return id;
    }

    HttpMethod method() {
        return method;
    }

    /** Seconds since the request came. */
    double seconds() {
        return (System.nanoTime() - began) * 1e-9;
    }

    /** Made when the client leaves. */
    Cancellation cancellation() {
        return cancellation;
    }

    /** Of the response; 0 while there is none. */
    int status() {
        return status;
    }

    boolean keepsAlive() {
        return keepAlive;
    }

    /** Has the connection closed behind the response. */
    void close() {
        keepAlive = false;
    }

    Channel channel() {
        return channel;
    }

    /** Has an action run in the event loop when the client has taken what was sent. */
    void onWritable(Runnable action) {
        onWritable = action;
    }

    void writabilityChanged() {
        onWritable.run();
    }

    void json(JsonObject body) {
        send(200, JSON, utf8(body.toString()), Map.of());
    }

    /** Tells why there is no answer. */
    void refuse(Api api, Refusal refusal, Map<String, String> headers) {
        send(refusal.kind().status, JSON, utf8(api.error(refusal, id).toString()), headers);
    }

    /** Sends a whole response. */
    void send(int code, String type, byte[] body, Map<String, String> headers) {
        status = code;
        boolean shown = !method.equals(HttpMethod.HEAD) && code != 204;
        ByteBuf content = shown ? Unpooled.wrappedBuffer(body) : Unpooled.EMPTY_BUFFER;
        var response =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(code), content);
        addHeaders(response, type);
        headers.forEach(response.headers()::set);
        if (code != 204) {
            response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        }
        channel.writeAndFlush(response, last());
    }

    /** Begins a stream of events. */
    void beginEvents() {
        status = 200;
        var response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        addHeaders(response, "text/event-stream; charset=utf-8");
        response.headers()
                .set("x-accel-buffering", "no")
                .set(HttpHeaderNames.CACHE_CONTROL, "no-cache");
        if (version.isKeepAliveDefault()) {
            HttpUtil.setTransferEncodingChunked(response, true);
        }
        channel.write(response);
    }

    /** Sends a piece of the stream. */
    void events(String text) {
        if (!text.isEmpty()) {
            channel.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(utf8(text))));
        }
    }

    /** Sends the last piece of the stream. */
    void lastEvents(String text) {
        channel.writeAndFlush(
                new DefaultLastHttpContent(Unpooled.wrappedBuffer(utf8(text))), last());
    }

    private void addHeaders(HttpResponse response, String type) {
        HttpHeaders headers = response.headers();
        if (!type.isEmpty()) {
            headers.set(HttpHeaderNames.CONTENT_TYPE, type);
        }
        headers.set("x-request-id", id)
                .set("request-id", id)
                .set("x-content-type-options", "nosniff")
                .set(
                        HttpHeaderNames.CONNECTION,
                        keepAlive ? HttpHeaderValues.KEEP_ALIVE : HttpHeaderValues.CLOSE);
        allowedOrigin.ifPresent(
                origin ->
                        headers.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin)
                                .set(HttpHeaderNames.VARY, "origin")
                                .set(
                                        HttpHeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS,
                                        "x-request-id, request-id, retry-after"));
    }

    /** Told of the end before the client can have it and send its next request. */
    private ChannelPromise last() {
        ChannelPromise promise = channel.newPromise();
        promise.addListener(written -> answered.accept(this));
        return promise;
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
