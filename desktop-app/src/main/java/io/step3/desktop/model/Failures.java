package io.step3.desktop.model;

import io.step3.chat.ContextOverflowException;
import io.step3.chat.ModelClosedException;
import io.step3.checkpoint.LostCheckpointException;
import io.step3.desktop.store.StoreException;
import io.step3.image.InvalidImageException;
import io.step3.image.InvalidImageException.Problem;
import io.step3.image.Size;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** What a failure is called before the person at the screen, in the language of the window. */
final class Failures {

    private static final System.Logger LOG = System.getLogger(Failures.class.getName());

    private Failures() {}

    /** What a future failed with. */
    static Throwable cause(Throwable failure) {
        boolean wrapped =
                failure instanceof CompletionException || failure instanceof ExecutionException;
        return wrapped && failure.getCause() != null ? cause(failure.getCause()) : failure;
    }

    /** One sentence. */
    static String sentence(Throwable failure, Words words) {
        return switch (cause(failure)) {
            case ContextOverflowException e -> words.text("context.over", e.needed(), e.capacity());
            case InvalidImageException e -> picture(e, words);
            case LostCheckpointException e -> lost(e, words);
            case ModelClosedException _ -> words.text("failure.closed");
            case NoSuchFileException e -> words.text("failure.missing", e.getFile());
            case AccessDeniedException e -> words.text("failure.denied", e.getFile());
            case FileSystemException e when e.getReason() != null ->
                    e.getFile() + ": " + e.getReason();
            case StoreException e -> StoreSentences.of(e, words);
            case OutOfMemoryError _ -> words.text("failure.memory");
            case IOException e when e.getMessage() != null ->
                    words.text("failure.detail", capital(e.getMessage()));
            case IllegalArgumentException e when e.getMessage() != null ->
                    words.text("failure.detail", capital(e.getMessage()));
            case Throwable e -> {
                LOG.log(System.Logger.Level.ERROR, "Something went wrong", e);
                yield words.text(
                        "failure.unexpected",
                        e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
            }
        };
    }

    private static String lost(LostCheckpointException failure, Words words) {
        LOG.log(System.Logger.Level.INFO, failure.getMessage());
        return words.text("failure.lost", failure.folder());
    }

    private static String picture(InvalidImageException failure, Words words) {
        String name = failure.picture();
        return switch (failure.problem()) {
            case Problem.Empty _ -> words.text("failure.pictureEmpty", name);
            case Problem.TooManyBytes(long bytes, long most) ->
                    words.text("failure.pictureBytes", name, bytes, most);
            case Problem.TooManyPixels(Size size, long most, String format) ->
                    words.text(
                            "failure.picturePixels",
                            name,
                            size.width(),
                            size.height(),
                            most / 1_000_000,
                            format);
            case Problem.TooElongated(Size size) ->
                    words.text("failure.pictureElongated", name, size.width(), size.height());
            case Problem.Unreadable _ -> {
                LOG.log(System.Logger.Level.INFO, failure.getMessage());
                yield words.text("failure.pictureUnreadable", name);
            }
        };
    }

    private static String capital(String sentence) {
        // Not the name of a file.
        return sentence.matches("(?s)[a-z]+ .*")
                ? Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1)
                : sentence;
    }
}
