package io.step3.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files changed at random are read or refused, but nothing else. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HostileFilesTest {

    private static final long SEED = 20250731;

    /** What a text might be changed into that is more telling than a random byte. */
    private static final List<String> TOKENS =
            List.of(
                    "{",
                    "}",
                    "[",
                    "]",
                    ",",
                    ":",
                    "\"",
                    "\\",
                    "0",
                    "-1",
                    "9",
                    "1e9",
                    "1e-999999",
                    "1e999999",
                    "null",
                    "true",
                    "18446744073709551615",
                    "9223372036854775807",
                    "[[[[[[[[",
                    "{\"a\":",
                    "\\u0000",
                    "\\ud800",
                    "F32",
                    "U64",
                    "F8_E4M3",
                    "\"\"",
                    "__metadata__",
                    "data_offsets",
                    "shape",
                    "dtype",
                    "../",
                    "\u00e9",
                    "\n");

    @TempDir Path folder;

    private interface Reader {
        void read(byte[] bytes) throws IOException;
    }

    /** Reads many variants; gives how many of them were sound. */
    private int mutate(byte[] sound, int times, boolean binary, Reader reader) throws IOException {
        int read = 0;
        for (int i = 0; i < times; i++) {
            var random = new Random(SEED + i);
            byte[] bytes = sound;
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                bytes = mutation(bytes, random, binary);
            }
            try {
                reader.read(bytes);
                read++;
            } catch (CheckpointException e) {
                assertTrue(e.getMessage().contains(folder.toString()), e.getMessage());
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + (SEED + i), e);
            }
        }
        return read;
    }

    private static byte[] mutation(byte[] bytes, Random random, boolean binary) {
        if (bytes.length == 0) {
            return bytes;
        }
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(binary ? 5 : 4)) {
            case 0 -> {
                byte[] changed = bytes.clone();
                changed[at] ^= (byte) (1 << random.nextInt(8));
                return changed;
            }
            case 1 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 2 -> {
                byte[] token =
                        TOKENS.get(random.nextInt(TOKENS.size())).getBytes(StandardCharsets.UTF_8);
                return splice(bytes, at, random.nextInt(4), token);
            }
            case 3 -> {
                int length = random.nextInt(Math.min(200, bytes.length - at) + 1);
                byte[] piece = Arrays.copyOfRange(bytes, at, at + length);
                return splice(bytes, random.nextInt(bytes.length), random.nextInt(50), piece);
            }
            default -> {
                byte[] changed = Arrays.copyOf(bytes, Math.max(bytes.length, Long.BYTES));
                long length = random.nextBoolean() ? random.nextInt(2000) : random.nextLong();
                ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
                return changed;
            }
        }
    }

    private static byte[] splice(byte[] bytes, int at, int removed, byte[] inserted) {
        int rest = Math.min(bytes.length, at + removed);
        return ByteBuffer.allocate(at + inserted.length + bytes.length - rest)
                .put(bytes, 0, at)
                .put(inserted)
                .put(bytes, rest, bytes.length - rest)
                .array();
    }

    /** Anew, because some file systems flush a file that is overwritten, which takes far longer. */
    private static void replace(Path file, byte[] bytes) throws IOException {
        Files.deleteIfExists(file);
        Files.write(file, bytes);
    }

    private byte[] soundFile() throws IOException {
        Path file = folder.resolve("sound.safetensors");
        new SafetensorsWriter()
                .metadata("format", "pt")
                .add("a.weight", DType.F32, List.of(2L, 3L), MemorySegment.ofArray(new float[6]))
                .add("b.weight", DType.F8_E4M3, List.of(5L), MemorySegment.ofArray(new byte[5]))
                .add("c", DType.I64, List.of(), MemorySegment.ofArray(new long[1]))
                .add("none", DType.BF16, List.of(0L, 9L), MemorySegment.NULL)
                .write(file);
        return Files.readAllBytes(file);
    }

    @Test
    void changedHeadersAreReadOrRefused() throws IOException {
        byte[] file = soundFile();
        int length = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
        byte[] header = Arrays.copyOfRange(file, Long.BYTES, Long.BYTES + length);
        int dataBytes = file.length - Long.BYTES - length;
        int read =
                mutate(
                        header,
                        20_000,
                        false,
                        bytes -> {
                            long start = Long.BYTES + bytes.length;
                            var parsed = SafetensorsHeader.parse(folder, bytes, start, dataBytes);
                            long sum = 0;
                            for (TensorInfo info : parsed.tensors().values()) {
                                assertEquals(start + sum, info.offset());
                                sum += info.bytes();
                            }
                            assertEquals(dataBytes, sum);
                        });
        assertTrue(read > 100 && read < 10_000, "sound ones: " + read);
    }

    @Test
    void changedFilesAreReadOrRefused() throws IOException {
        Path path = folder.resolve("changed.safetensors");
        int read =
                mutate(
                        soundFile(),
                        1_000,
                        true,
                        bytes -> {
                            replace(path, bytes);
                            try (Arena arena = Arena.ofConfined()) {
                                SafetensorsFile file = SafetensorsFile.open(path, arena);
                                for (String name : file.tensors().keySet()) {
                                    file.tensor(name).data().toArray(ValueLayout.JAVA_BYTE);
                                }
                            }
                        });
        assertTrue(read > 5 && read < 500, "sound ones: " + read);
    }

    @Test
    void changedConfigurationsAreReadOrRefused() throws IOException {
        Path golden = GoldenCheckpointTest.GOLDEN.resolve("checkpoints/b/config.json");
        Path path = folder.resolve("config.json");
        int read =
                mutate(
                        Files.readAllBytes(golden),
                        1_500,
                        false,
                        bytes -> {
                            replace(path, bytes);
                            TextConfig text = Step3Config.read(path).text();
                            long values =
                                    (long) text.numAttentionHeads()
                                            * text.headDim()
                                            * text.hiddenSize()
                                            * text.numHiddenLayers();
                            assertTrue(values > 0 && text.moeTopK() <= text.moeNumExperts());
                        });
        assertTrue(read > 30 && read < 750, "sound ones: " + read);
    }

    @Test
    void changedIndicesAreReadOrRefused() throws IOException {
        TinyCheckpoint.config(folder, TinyCheckpoint.CONFIG);
        TinyCheckpoint.shard(folder.resolve("one.safetensors"), "a", "b");
        TinyCheckpoint.shard(folder.resolve("two.safetensors"), "c");
        String one = "one.safetensors";
        Path index = TinyCheckpoint.index(folder, "a", one, "b", one, "c", "two.safetensors");
        int read =
                mutate(
                        Files.readAllBytes(index),
                        700,
                        false,
                        bytes -> {
                            replace(index, bytes);
                            Checkpoint.open(folder).close();
                        });
        assertTrue(read > 5 && read < 350, "sound ones: " + read);
    }
}
