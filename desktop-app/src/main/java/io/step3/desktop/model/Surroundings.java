package io.step3.desktop.model;

import io.step3.desktop.store.Store;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What all conversations of a window share.
 *
 * @param listChanged is run when what the list of conversations shows has changed
 * @param shown the conversation on show
 * @param unsent takes a conversation of which a message could not be kept
 */
record Surroundings(
        Store store,
        Tasks tasks,
        Pictures pictures,
        SentPictures sent,
        ModelViewModel model,
        InsideViewModel inside,
        NoticesViewModel notices,
        Supplier<Words> words,
        Runnable listChanged,
        Supplier<ConversationViewModel> shown,
        Consumer<ConversationViewModel> unsent) {

    /** Takes a result to the properties' thread; the person is told of a failure. */
    <T> void then(CompletableFuture<T> future, Consumer<T> done) {
        tasks.then(future, done, this::failed);
    }

    /** Tells the person of a failure. */
    void failed(Throwable failure) {
        notices.error(Failures.sentence(failure, words.get()));
    }
}
