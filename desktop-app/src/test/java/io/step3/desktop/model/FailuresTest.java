package io.step3.desktop.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.desktop.store.Store;
import io.step3.desktop.store.StoreException;
import io.step3.image.ImageDecoder;
import io.step3.image.InvalidImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong is said in the language of the window. */
class FailuresTest {

    private static final Words CHINESE = new Words(Language.CHINESE);
    private static final Words ENGLISH = new Words(Language.ENGLISH);

    @TempDir Path folder;

    @Test
    void everyFailureIsAChineseSentenceInAChineseWindow() throws Exception {
        Files.writeString(folder.resolve("diary.txt"), "mine");
        List<Throwable> failures =
                List.of(
                        assertThrows(StoreException.class, () -> Store.open(folder)),
                        assertThrows(
                                InvalidImageException.class,
                                () -> new ImageDecoder().decode(new byte[] {1, 2, 3}, "a.png")),
                        new CompletionException(new NoSuchFileException("/a")),
                        new IOException("the index lists a shard that is not there"),
                        new IllegalArgumentException("topP must be above 0"),
                        new IllegalStateException("closed"),
                        new StackOverflowError(),
                        new OutOfMemoryError());
        for (Throwable failure : failures) {
            String said = Failures.sentence(failure, CHINESE);
            assertTrue(
                    said.codePoints()
                            .limit(40)
                            .anyMatch(
                                    c ->
                                            Character.UnicodeScript.of(c)
                                                    == Character.UnicodeScript.HAN),
                    said);
        }
        var foreign = (StoreException.Foreign) failures.getFirst();
        assertEquals(foreign.getMessage(), Failures.sentence(foreign, ENGLISH));
        assertTrue(Failures.sentence(foreign, CHINESE).contains(folder.toString()));
    }
}
