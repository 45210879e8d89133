package io.step3.desktop.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.desktop.store.Store;
import io.step3.desktop.store.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreSentencesTest {

    private static final Words CHINESE = new Words(Language.CHINESE);
    private static final Words ENGLISH = new Words(Language.ENGLISH);

    @TempDir Path folder;

    private static void check(StoreException failure, Path named) {
        String chinese = StoreSentences.of(failure, CHINESE);
        String english = StoreSentences.of(failure, ENGLISH);
        assertTrue(chinese.contains(named.toString()), chinese);
        assertTrue(english.contains(named.toString()), english);
        long letters = chinese.codePoints().filter(c -> c >= 0x4e00 && c < 0xa000).count();
        assertTrue(letters > 10, chinese);
        assertEquals(0, english.codePoints().filter(c -> c >= 0x4e00 && c < 0xa000).count());
    }

    @Test
    void aFailureOfTheStoreIsToldInTheLanguageOfTheWindow() throws Exception {
        Path notes = Files.createDirectory(folder.resolve("notes"));
        Files.writeString(notes.resolve("note.md"), "x");
        check(assertThrows(StoreException.Foreign.class, () -> Store.open(notes)), notes);

        Path data = folder.resolve("data");
        Path file = Files.writeString(folder.resolve("some.json"), "no JSON at all");
        try (Store store = Store.open(data)) {
            check(assertThrows(StoreException.InUse.class, () -> Store.open(data)), data);
            store.conversations().create("x", OptionalLong.empty()).get();
            check(failure(() -> store.archive().importJson(file).get()), file);
            check(failure(() -> store.presets().importFrom(file).get()), file);
        }
        Path database = data.resolve("step3.db");
        Files.delete(database);
        check(assertThrows(StoreException.DatabaseLost.class, () -> Store.open(data)), database);
    }

    private static StoreException failure(org.junit.jupiter.api.function.Executable work) {
        return (StoreException) assertThrows(ExecutionException.class, work).getCause();
    }
}
