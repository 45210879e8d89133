package io.step3.checkpoint;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.ops.Weight;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {

    @TempDir Path folder;

    @BeforeEach
    void writeConfig() throws IOException {
        TinyCheckpoint.config(folder, TinyCheckpoint.CONFIG);
    }

    private void refused(Object... named) {
        Refusal.of(() -> Checkpoint.open(folder).close(), named);
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    @Test
    void aFolderThatIsMissingOrAFileIsRefused() throws IOException {
        Path missing = file("missing");
        Refusal.of(() -> Checkpoint.open(missing), missing, "not a folder");
        Path config = file("config.json");
        Refusal.of(() -> Checkpoint.open(config), config, "not a folder");
    }

    @Test
    void aFolderWithoutACheckpointIsRefused() throws IOException {
        refused(folder, "no weights", "model.safetensors.index.json");
        Files.delete(file("config.json"));
        refused(folder, "no config.json");
    }

    @Test
    void aSingleFileCountsBeforeAnIndexAsInTheReference() throws IOException {
        TinyCheckpoint.shard(file("model.safetensors"), "single");
        TinyCheckpoint.index(folder, "sharded", "missing.safetensors");
        try (var checkpoint = Checkpoint.open(folder)) {
            assertTrue(checkpoint.tensors().contains("single"));
            assertEquals(24, checkpoint.tensors().bytes());
            assertEquals(1, checkpoint.tensors().infos().size());
            assertEquals(folder, checkpoint.folder());
        }
    }

    @Test
    void aFolderInPlaceOfAFileIsRefused() throws IOException {
        Files.createDirectory(file("model.safetensors"));
        refused(file("model.safetensors"), "not a file");
        Files.delete(file("model.safetensors"));
        Files.createDirectory(file("model.safetensors.index.json"));
        refused(file("model.safetensors.index.json"), "no regular file");
        Files.delete(file("config.json"));
        Files.createDirectory(file("config.json"));
        refused(file("config.json"), "no regular file");
    }

    @Test
    void aShardThatIsMissingIsNamedWhenOneOfItsTensorsIsAskedFor() throws IOException {
        TinyCheckpoint.shard(file("one.safetensors"), "a");
        TinyCheckpoint.index(folder, "a", "one.safetensors", "b", "two.safetensors");
        try (var checkpoint = Checkpoint.open(folder)) {
            assertEquals(1, checkpoint.tensors().infos().size());
            checkpoint.tensors().tensor("a");
            Refusal.of(
                    () -> checkpoint.tensors().tensor("b"),
                    file("two.safetensors"),
                    "tensor b",
                    "complete the download");
        }
        Files.delete(file("one.safetensors"));
        refused(file("one.safetensors"), "complete the download");
    }

    @Test
    void aShardOutsideTheFolderIsRefused() throws IOException {
        TinyCheckpoint.shard(file("x.safetensors"), "a");
        for (String shard :
                List.of(
                        "../x.safetensors",
                        "/etc/x.safetensors",
                        "sub/../x.safetensors",
                        "./x.safetensors",
                        "sub//x.safetensors",
                        "sub/",
                        "..\\\\x.safetensors",
                        "C:x.safetensors",
                        "x\\u0000.safetensors",
                        "x\\u000a.safetensors",
                        "config.json",
                        "..",
                        "")) {
            Path index = TinyCheckpoint.index(folder, "a", shard);
            refused(
                    index,
                    "tensor \"a\"",
                    "no name of a safetensors file in the same folder or below");
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void linksOutOfTheFolderAreFollowedBecauseCachesAreMadeOfThem() throws IOException {
        Path blobs = Files.createDirectory(file("blobs"));
        Path snapshot = Files.createDirectory(file("snapshot"));
        TinyCheckpoint.config(blobs, TinyCheckpoint.CONFIG);
        TinyCheckpoint.shard(blobs.resolve("0a1b"), "a");
        Files.createSymbolicLink(snapshot.resolve("config.json"), Path.of("../blobs/config.json"));
        Files.createSymbolicLink(snapshot.resolve("one.safetensors"), Path.of("../blobs/0a1b"));
        TinyCheckpoint.index(snapshot, "a", "one.safetensors");
        try (var checkpoint = Checkpoint.open(snapshot)) {
            assertEquals(24, checkpoint.tensors().tensor("a").data().byteSize());
        }
        Files.delete(blobs.resolve("0a1b"));
        Refusal.of(() -> Checkpoint.open(snapshot), snapshot.resolve("one.safetensors"));
    }

    @Test
    void shardsMayLieInAFolderBelow() throws IOException {
        Path below = Files.createDirectory(file("weights"));
        TinyCheckpoint.shard(below.resolve("one.safetensors"), "a");
        TinyCheckpoint.index(folder, "a", "weights/one.safetensors");
        try (var checkpoint = Checkpoint.open(folder)) {
            assertEquals(24, checkpoint.tensors().tensor("a").data().byteSize());
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aNamedPipeIsRefusedWithoutWaitingForAWriter() throws Exception {
        TinyCheckpoint.shard(file("model.safetensors"), "a");
        for (String name :
                List.of(
                        "generation_config.json",
                        "preprocessor_config.json",
                        "config.json",
                        "model.safetensors.index.json",
                        "model.safetensors")) {
            Files.deleteIfExists(file(name));
            assertEquals(0, new ProcessBuilder("mkfifo", file(name).toString()).start().waitFor());
            if (name.startsWith("model.safetensors.")) {
                Files.delete(file("model.safetensors"));
            }
            assertTimeoutPreemptively(Duration.ofSeconds(30), () -> refused(file(name), "file"));
            Files.delete(file(name));
            TinyCheckpoint.config(folder, TinyCheckpoint.CONFIG);
        }
    }

    @Test
    void anIndexThatIsNotOneIsRefused() throws IOException {
        Path index = file("model.safetensors.index.json");
        for (String json :
                List.of(
                        "",
                        "{",
                        "[]",
                        "{}",
                        "{\"weight_map\":{}}",
                        "{\"weight_map\":[]}",
                        "{\"weight_map\":{\"a\":1}}",
                        "{\"weight_map\":{\"a\":\"x.safetensors\"}} x",
                        "{\"weight_map\":{\"a\":\"x.safetensors\",\"a\":\"x.safetensors\"}}",
                        "{\"weight_map\":{\"a\":\"x.safetensors\"},\"weight_map\":{}}",
                        "{\"metadata\":" + "[".repeat(1_000_000))) {
            Files.writeString(index, json);
            refused(index);
        }
    }

    @Test
    void aTensorListedInAnotherShardThanItsOwnIsRefusedAndOneListedForNothingOnlyWhenAskedFor()
            throws IOException {
        TinyCheckpoint.shard(file("one.safetensors"), "a");
        TinyCheckpoint.shard(file("two.safetensors"), "b");
        Path index = TinyCheckpoint.index(folder, "a", "two.safetensors", "b", "one.safetensors");
        refused(index, "\"a\"", "in two.safetensors", "lies in " + file("one.safetensors"));
        TinyCheckpoint.index(
                folder, "a", "one.safetensors", "b", "two.safetensors", "c", "one.safetensors");
        try (var checkpoint = Checkpoint.open(folder)) {
            Refusal.of(
                    () -> checkpoint.tensors().tensor("c"), "no tensor c", "index.json lists it");
        }
    }

    @Test
    void aTensorInTwoShardsIsRefused() throws IOException {
        TinyCheckpoint.shard(file("one.safetensors"), "a", "b");
        TinyCheckpoint.shard(file("two.safetensors"), "b");
        TinyCheckpoint.index(folder, "a", "one.safetensors", "b", "two.safetensors");
        refused("tensor b", file("one.safetensors"), file("two.safetensors"));
    }

    @Test
    void aBrokenShardIsRefusedByName() throws IOException {
        TinyCheckpoint.shard(file("one.safetensors"), "a");
        Files.write(file("two.safetensors"), new byte[20]);
        TinyCheckpoint.index(folder, "a", "one.safetensors", "b", "two.safetensors");
        refused(file("two.safetensors"));
    }

    @Test
    void nothingCanBeReadOnceItIsClosed() throws IOException {
        TinyCheckpoint.shard(file("model.safetensors"), "a");
        Checkpoint checkpoint = Checkpoint.open(folder);
        Weight weight = checkpoint.tensors().weight("a", 2, 3);
        checkpoint.close();
        assertDoesNotThrow(checkpoint::close);
        assertThrows(
                IllegalStateException.class, () -> weight.data().get(ValueLayout.JAVA_BYTE, 0));
        assertThrows(IllegalStateException.class, () -> checkpoint.tensors().tensor("a"));
        assertTrue(checkpoint.tensors().contains("a"));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void filesAndMappingsAreFreedOnClose() throws IOException {
        TinyCheckpoint.shard(file("one.safetensors"), "a");
        TinyCheckpoint.shard(file("two.safetensors"), "b");
        TinyCheckpoint.index(folder, "a", "one.safetensors", "b", "two.safetensors");
        try (var checkpoint = Checkpoint.open(folder)) {
            assertFalse(maps().contains(folder.toString()), "mapped before anything was asked for");
            checkpoint.tensors().tensor("a");
            assertTrue(maps().contains(file("one.safetensors").toString()));
            assertFalse(maps().contains(file("two.safetensors").toString()));
            assertFalse(opened().contains("one.safetensors"), "a file is open");
        }
        assertFalse(maps().contains(folder.toString()), "mapped after it was closed");
        assertFalse(opened().contains(folder.toString()), "open after it was closed");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFailedOpenLeavesNothingOpen() throws IOException {
        TinyCheckpoint.shard(file("one.safetensors"), "a");
        Files.write(file("two.safetensors"), new byte[20]);
        TinyCheckpoint.index(folder, "a", "one.safetensors", "b", "two.safetensors");
        refused(file("two.safetensors"));
        assertFalse(opened().contains(folder.toString()));
        assertFalse(maps().contains(folder.toString()));
    }

    private static String maps() throws IOException {
        return Files.readString(Path.of("/proc/self/maps"));
    }

    private static String opened() throws IOException {
        var names = new StringBuilder();
        try (var handles = Files.list(Path.of("/proc/self/fd"))) {
            for (Path handle : handles.toList()) {
                if (Files.isSymbolicLink(handle)) {
                    names.append(Files.readSymbolicLink(handle)).append('\n');
                }
            }
        }
        return names.toString();
    }
}
