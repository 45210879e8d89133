package io.step3.desktop.model;

import io.step3.chat.ChatModel;
import io.step3.desktop.store.StreamingMessage;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import javafx.beans.property.ReadOnlyBooleanProperty;
import javafx.beans.property.ReadOnlyBooleanWrapper;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;

/**
 * The answer that is being written in a conversation, and how far it is. There is one at a time: it
 * is asked for, then begins, then is written.
 */
public final class AnsweringViewModel {

    private final Surroundings around;
    private final ShownBranch branch;
    private final ReadOnlyBooleanWrapper running = new ReadOnlyBooleanWrapper();
    private final ReadOnlyObjectWrapper<AnswerProgress> progress =
            new ReadOnlyObjectWrapper<>(AnswerProgress.NONE);

    /** Whether one is asked for that has not begun. */
    private boolean asked;

    /** Whether it was to stop before it was written. */
    private boolean stopAtOnce;

    /** The writing, or null; the thread that closes the desk reads it too. */
    private volatile AnswerRun run;

    AnsweringViewModel(Surroundings around, ShownBranch branch) {
        this.around = around;
        this.branch = branch;
    }

    /** Whether an answer is being written. */
    public ReadOnlyBooleanProperty runningProperty() {
        return running.getReadOnlyProperty();
    }

    /** How far the answer is, or how the last one was. */
    public ReadOnlyObjectProperty<AnswerProgress> progressProperty() {
        return progress.getReadOnlyProperty();
    }

    /** Whether another answer can be asked for. */
    boolean isFree() {
        return !running.get() && !asked;
    }

    /**
     * Asks for an answer.
     *
     * @param question what the store keeps first
     * @param kept is to {@link #begin} the answer; not called where the question cannot be kept
     */
    <T> void ask(CompletableFuture<T> question, Consumer<T> kept) {
        ask(question, kept, () -> {});
    }

    /**
     * Asks for an answer.
     *
     * @param notKept is run where the question cannot be kept, after the person was told
     */
    <T> void ask(CompletableFuture<T> question, Consumer<T> kept, Runnable notKept) {
        asked = true;
        stopAtOnce = false;
        around.tasks()
                .then(
                        question,
                        result -> {
                            asked = false;
                            kept.accept(result);
                        },
                        failure -> {
                            asked = false;
                            around.failed(failure);
                            notKept.run();
                        });
    }

    /** The answer has its place in the store. */
    void begin() {
        running.set(true);
    }

    /**
     * Has the answer written.
     *
     * @param place where it is written to; its message is on show
     * @param ended hears, last of all, what it failed with or null
     */
    void write(
            ChatModel model,
            AnswerRun.Question question,
            StreamingMessage place,
            Consumer<Throwable> ended) {
        MessageViewModel message = branch.find(place.id()).orElseThrow();
        show(message, AnswerProgress.waiting(message.usage()));
        run =
                new AnswerRun(
                        model,
                        question,
                        around.sent(),
                        place,
                        around.inside().recorder(),
                        around.tasks(),
                        around.words().get(),
                        news -> hear(message, news),
                        failure -> {
                            end();
                            message.show(AnswerProgress.NONE);
                            ended.accept(failure);
                        });
        if (stopAtOnce) {
            run.stop();
        }
        around.tasks().engine().execute(run);
    }

    private void hear(MessageViewModel message, AnswerRun.News news) {
        if (!news.reasoning().isEmpty()) {
            message.reasoning().append(news.reasoning());
        }
        if (!news.answer().isEmpty()) {
            message.answer().append(news.answer());
        }
        if (running.get()) {
            show(message, news.progress());
        }
    }

    private void show(MessageViewModel message, AnswerProgress now) {
        message.show(now);
        progress.set(now);
    }

    /** Brings elapsed times up to date; the view calls this a few times a second. */
    public void tick() {
        AnswerRun writing = run;
        if (writing != null && running.get()) {
            AnswerProgress now = writing.progress();
            branch.find(writing.messageId()).ifPresent(message -> message.show(now));
            progress.set(now);
        }
    }

    /** No answer is being written any longer. */
    void end() {
        running.set(false);
        run = null;
    }

    /** Shows how the last answer on show was, unless one is being written. */
    void showLast() {
        if (!running.get()) {
            progress.set(
                    branch.messages().reversed().stream()
                            .filter(MessageViewModel::isAnswer)
                            .map(MessageViewModel::usage)
                            .filter(usage -> usage.completionTokens() > 0)
                            .findFirst()
                            .map(AnswerProgress::ended)
                            .orElse(AnswerProgress.NONE));
        }
    }

    /** Stops the answer; what came of it is kept. */
    public void stop() {
        AnswerRun writing = run;
        if (writing != null) {
            writing.stop();
        } else {
            stopAtOnce = !isFree();
        }
    }

    /** Ends the answer now, where nobody can wait for the engine any longer. */
    void abandon() {
        AnswerRun writing = run;
        if (writing != null) {
            writing.abandon();
        }
    }
}
