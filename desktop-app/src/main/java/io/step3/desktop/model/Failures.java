package io.step3.desktop.model;

import io.step3.desktop.store.StoreException;
import io.step3.image.InvalidImageException;
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
            case InvalidImageException e -> words.text("failure.picture", capital(e.getMessage()));
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

    private static String capital(String sentence) {
        // Not the name of a file.
        return sentence.matches("(?s)[a-z]+ .*")
                ? Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1)
                : sentence;
    }
}
