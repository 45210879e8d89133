package io.step3.checkpoint;

import static io.step3.checkpoint.GoldenCheckpointTest.GOLDEN;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsWriterTest {

    @TempDir Path folder;

    static Stream<Path> goldenFiles() throws IOException {
        try (var files = Files.walk(GOLDEN)) {
            return files
                    .filter(file -> file.toString().endsWith(".safetensors"))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("goldenFiles")
    void aFileOfTheReferenceIsWrittenAgainByteForByte(Path golden) throws IOException {
        Path copy = folder.resolve("copy.safetensors");
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsFile file = SafetensorsFile.open(golden, arena);
            var writer = new SafetensorsWriter();
            file.metadata().forEach(writer::metadata);
            var names = new ArrayList<>(file.tensors().keySet());
            Collections.reverse(names);
            for (String name : names) {
                Tensor tensor = file.tensor(name);
                writer.add(name, tensor.info().dtype(), tensor.info().shape(), tensor.data());
            }
            writer.write(copy);
        }
        assertEquals(-1, Files.mismatch(golden, copy));
    }

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        Path file = folder.resolve("x.safetensors");
        float[] floats = {1.5f, -0f, Float.NaN, Float.MAX_VALUE, 2, 3};
        long[] longs = {Long.MIN_VALUE, 7};
        new SafetensorsWriter()
                .metadata("quote", "\"<\u00e9>\"")
                .add("floats", DType.F32, List.of(2L, 3L), MemorySegment.ofArray(floats))
                .add("longs", DType.I64, List.of(2L), () -> MemorySegment.ofArray(longs))
                .add("scalar", DType.U8, List.of(), MemorySegment.ofArray(new byte[] {9}))
                .add("none", DType.F16, List.of(0L, 5L), MemorySegment.NULL)
                .write(file);
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsFile read = SafetensorsFile.open(file, arena);
            assertEquals("\"<\u00e9>\"", read.metadata().get("quote"));
            assertEquals(
                    List.of("longs", "floats", "none", "scalar"),
                    List.copyOf(read.tensors().keySet()));
            assertEquals(List.of(0L, 5L), read.tensor("none").info().shape());
            assertArrayEquals(
                    floats, read.tensor("floats").data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED));
            assertArrayEquals(
                    longs, read.tensor("longs").data().toArray(ValueLayout.JAVA_LONG_UNALIGNED));
            assertEquals(9, read.tensor("scalar").data().get(ValueLayout.JAVA_BYTE, 0));
            assertEquals(0, read.tensor("longs").info().offset() % 8);
        }
    }

    @Test
    void dataLongerThanABufferArrivesWhole() throws IOException {
        Path file = folder.resolve("x.safetensors");
        int[] numbers = new int[1_000_003];
        Arrays.setAll(numbers, i -> i * 31);
        new SafetensorsWriter()
                .add("n", DType.I32, List.of(1_000_003L), MemorySegment.ofArray(numbers))
                .write(file);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = SafetensorsFile.open(file, arena).tensor("n").data();
            assertArrayEquals(numbers, data.toArray(ValueLayout.JAVA_INT_UNALIGNED));
        }
    }

    @Test
    void aFailureLeavesTheOldFileAndNothingElse() throws IOException {
        Path file = Files.writeString(folder.resolve("x.safetensors"), "old");
        var tooShort = new SafetensorsWriter();
        tooShort.add("first", DType.F32, List.of(1L), MemorySegment.ofArray(new float[1]));
        tooShort.add("t", DType.F32, List.of(2L), MemorySegment.ofArray(new float[1]));
        var e = assertThrows(IllegalArgumentException.class, () -> tooShort.write(file));
        assertTrue(e.getMessage().contains("tensor t"), e.getMessage());
        var failing = new SafetensorsWriter();
        failing.add(
                "t",
                DType.F32,
                List.of(2L),
                () -> {
                    throw new IllegalStateException("no data");
                });
        assertThrows(IllegalStateException.class, () -> failing.write(file));
        assertEquals("old", Files.readString(file));
        try (var files = Files.list(folder)) {
            assertEquals(List.of(file), files.toList());
        }
    }

    @Test
    void aFolderThatIsMissingIsNamed() {
        Path file = folder.resolve("missing/x.safetensors");
        var e = assertThrows(FileSystemException.class, () -> new SafetensorsWriter().write(file));
        assertTrue(e.getMessage().contains("missing"), e.getMessage());
    }

    @Test
    void namesAreGivenOnceAndShapesAreNotNegative() {
        var writer = new SafetensorsWriter().add("t", DType.U8, List.of(0L), MemorySegment.NULL);
        for (String name : List.of("t", "__metadata__")) {
            var e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> writer.add(name, DType.U8, List.of(0L), MemorySegment.NULL));
            assertTrue(e.getMessage().contains(name), e.getMessage());
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> writer.add("u", DType.U8, List.of(-1L), MemorySegment.NULL));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aTensorWhoseOwnFileWasCutIsNamedAndNothingIsLeft() throws IOException {
        Path own = folder.resolve("own");
        Path target = folder.resolve("target.safetensors");
        try (Arena arena = Arena.ofShared();
                var channel =
                        FileChannel.open(
                                own,
                                StandardOpenOption.CREATE,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE)) {
            MemorySegment data = channel.map(MapMode.READ_WRITE, 0, 1 << 20, arena);
            channel.truncate(0);
            var writer = new SafetensorsWriter().add("x", DType.F32, List.of(1L << 18), data);
            var e = assertThrows(IOException.class, () -> writer.write(target));
            assertTrue(e.getMessage().contains("tensor x could not be read"), e.getMessage());
        }
        try (var files = Files.list(folder)) {
            assertEquals(List.of(own), files.toList());
        }
    }
}
