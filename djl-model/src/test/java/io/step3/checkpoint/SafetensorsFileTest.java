package io.step3.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsFileTest {

    private static final String SOUND =
            "{\"__metadata__\":{\"format\":\"pt\"},"
                    + "\"b\":{\"dtype\":\"I16\",\"shape\":[2,3],\"data_offsets\":[4,16]},"
                    + "\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
                    + "\"empty\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[4,4]}}";

    @TempDir Path folder;
    private final Arena arena = Arena.ofShared();

    @AfterEach
    void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private Path write(String header, int dataBytes) throws IOException {
        return RawSafetensors.write(folder.resolve("x.safetensors"), header, dataBytes);
    }

    private void refused(String header, int dataBytes, Object... named) throws IOException {
        Path file = write(header, dataBytes);
        Refusal.of(() -> SafetensorsFile.open(file, arena), file);
        Refusal.of(() -> SafetensorsFile.open(file, arena), named);
    }

    private static String tensor(String dtype, String shape, String offsets) {
        return "{\"t\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}}"
                .formatted(dtype, shape, offsets);
    }

    @Test
    void aSoundFileGivesItsTensorsInTheOrderOfTheirData() throws IOException {
        Path path = write(SOUND, 16);
        SafetensorsFile file = SafetensorsFile.open(path, arena);
        assertEquals(List.of("a", "empty", "b"), List.copyOf(file.tensors().keySet()));
        assertEquals(Map.of("format", "pt"), file.metadata());
        long dataStart = Files.size(path) - 16;
        assertEquals(
                new TensorInfo("b", DType.I16, List.of(2L, 3L), path, dataStart + 4, 12),
                file.tensor("b").info());
        assertEquals(6, file.tensor("b").info().elements());
        assertEquals(12, file.tensor("b").data().byteSize());
        assertTrue(file.tensor("b").data().isReadOnly());
        assertEquals(0, file.tensor("empty").data().byteSize());
        assertEquals(1, file.tensor("a").info().elements());
    }

    @Test
    void aMissingTensorIsRefusedByName() throws IOException {
        Path path = write(SOUND, 16);
        Refusal.of(() -> SafetensorsFile.open(path, arena).tensor("nobody"), path, "nobody");
    }

    @Test
    void aTensorIsGoneOnceTheArenaIsClosed() throws IOException {
        SafetensorsFile file = SafetensorsFile.open(write(SOUND, 16), arena);
        Tensor a = file.tensor("a");
        arena.close();
        assertThrows(IllegalStateException.class, () -> a.data().get(ValueLayout.JAVA_BYTE, 0));
        assertThrows(IllegalStateException.class, () -> file.tensor("a"));
    }

    @Test
    void aFileThatShrankSinceItWasOpenedIsNotMapped() throws IOException {
        Path path = write(SOUND, 16);
        SafetensorsFile file = SafetensorsFile.open(path, arena);
        Files.write(path, new byte[3]);
        Refusal.of(() -> file.tensor("a"), path, "open the checkpoint again");
    }

    @Test
    void aMissingFileAndAFolderAreRefused() {
        Refusal.of(() -> SafetensorsFile.open(folder, arena), folder);
        Path missing = folder.resolve("missing.safetensors");
        Refusal.of(() -> SafetensorsFile.open(missing, arena), missing);
    }

    @Test
    void aTruncatedFileIsRefusedAtEveryLength() throws IOException {
        byte[] whole = Files.readAllBytes(write(SOUND, 16));
        for (int length = 0; length < whole.length; length++) {
            Path cut = folder.resolve("cut.safetensors");
            Files.write(cut, Arrays.copyOf(whole, length));
            Refusal.of(() -> SafetensorsFile.open(cut, arena), cut, "download it again");
        }
    }

    @Test
    void anAbsurdHeaderLengthIsRefusedBeforeAnythingIsAllocated() throws IOException {
        for (long length : new long[] {100_000_001, 1L << 40, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
            byte[] bytes =
                    ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
            Path file = Files.write(folder.resolve("long.safetensors"), bytes);
            Refusal.of(
                    () -> SafetensorsFile.open(file, arena), file, Long.toUnsignedString(length));
        }
    }

    @Test
    void aHeaderLongerThanTheFileIsRefused() throws IOException {
        byte[] bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(9).array();
        Path file = Files.write(folder.resolve("short.safetensors"), bytes);
        Refusal.of(() -> SafetensorsFile.open(file, arena), file, "cut off within its header");
    }

    @Test
    void aHeaderThatIsNotAJsonObjectIsRefused() throws IOException {
        refused("", 0, "not a JSON object");
        refused("[]", 0, "not a JSON object");
        refused(" {}", 0, "not a JSON object");
        refused("null", 0, "not a JSON object");
        refused("{", 0, "not valid JSON");
        refused("{}}", 0, "not valid JSON");
        refused("{} {}", 0, "not valid JSON");
        refused("{'a':1}", 0, "not valid JSON");
        refused("{\"a\":NaN}", 0, "a");
        refused("{\"a\":1}", 0, "entry for a");
        refused("{\"a\":[]}", 0, "entry for a");
        refused("{/**/}", 0, "not valid JSON");
        refused("{\"t\":{\"dtype\":\"U8\",}}", 0, "not valid JSON");
    }

    @Test
    void aHeaderThatIsNotUtf8IsRefused() throws IOException {
        byte[] header =
                SOUND.replace("empty", "\u00e9\u00e9").getBytes(StandardCharsets.ISO_8859_1);
        Path file = folder.resolve("latin.safetensors");
        Files.write(file, RawSafetensors.bytes(header, 16));
        Refusal.of(() -> SafetensorsFile.open(file, arena), file, "not valid JSON");
    }

    @Test
    void deeplyNestedJsonIsRefusedWithoutOverflowingTheStack() throws IOException {
        String deep = "[".repeat(1_000_000);
        refused("{\"t\":" + deep, 0, "entry for t");
        refused("{\"t\":{\"other\":" + deep, 0, "not valid JSON");
        refused("{\"t\":{\"other\":" + "{\"a\":".repeat(1_000_000), 0, "not valid JSON");
    }

    @Test
    void namesThatComeTwiceAreRefused() throws IOException {
        String t = "\"t\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
        refused("{" + t + "," + t + "}", 0, "tensor t twice");
        refused("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "__metadata__ twice");
        refused("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, "__metadata__", "k");
        refused("{\"t\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}", 0, "tensor t", "dtype twice");
        refused("{\"t\":{\"shape\":[],\"shape\":[]}}", 0, "tensor t", "shape twice");
        refused("{\"t\":{\"data_offsets\":[],\"data_offsets\":[]}}", 0, "data_offsets twice");
    }

    @Test
    void anEntryThatLacksSomethingIsRefused() throws IOException {
        refused("{\"t\":{}}", 0, "tensor t lacks");
        refused("{\"t\":{\"dtype\":\"U8\",\"shape\":[0]}}", 0, "tensor t lacks");
        refused(tensor("U8", "[0]", "[0]"), 0, "tensor t lacks");
        refused(tensor("U8", "[0]", "[0,0,0]"), 0, "tensor t");
        refused("{\"t\":{\"dtype\":7}}", 0, "entry for t");
        refused("{\"__metadata__\":{\"k\":1}}", 0, "__metadata__");
        refused("{\"__metadata__\":[]}", 0, "__metadata__");
    }

    @Test
    void aDtypeThatNobodyUsesIsNoReasonToRefuse() throws IOException {
        for (String dtype : List.of("F4", "F6_E2M3", "F8_E8M0", "C64", "F3_NEW", "f32")) {
            long bytes =
                    dtype.equals("F4")
                            ? 4
                            : dtype.startsWith("F6") ? 6 : dtype.equals("C64") ? 64 : 8;
            Path path = write(tensor(dtype, "[8]", "[0,%d]".formatted(bytes)), (int) bytes);
            TensorInfo info = SafetensorsFile.open(path, arena).tensor("t").info();
            assertEquals(8, info.elements());
            assertEquals(bytes, info.bytes());
            boolean known = !dtype.equals("F3_NEW") && !dtype.equals("f32");
            assertEquals(known ? dtype : "UNKNOWN", info.dtype().name());
        }
        refused(tensor("F4", "[7]", "[0,4]"), 4, "tensor t", "F4", "within a byte");
        refused(tensor("F4", "[8]", "[0,8]"), 8, "tensor t", "takes 4 bytes");
        refused(tensor("F3_NEW", "[8]", "[4,0]"), 4, "tensor t");
        refused(tensor("X".repeat(10_000), "[1]", "[0,4]"), 4, "XXX...");
    }

    @Test
    void sizesAndOffsetsThatAreNotWholeNumbersAreRefused() throws IOException {
        for (String number :
                List.of(
                        "-1",
                        "1.5",
                        "1e3",
                        "\"4\"",
                        "null",
                        "9223372036854775808",
                        "1".repeat(999))) {
            refused(tensor("U8", "[" + number + "]", "[0,4]"), 4, "t");
            refused(tensor("U8", "[4]", "[0," + number + "]"), 4, "t");
        }
    }

    @Test
    void aSizeThatDoesNotFitTheShapeIsRefused() throws IOException {
        refused(tensor("F32", "[3]", "[0,11]"), 11, "tensor t", "12", "11");
        refused(tensor("F32", "[3]", "[4,0]"), 4, "tensor t");
        refused(tensor("U8", "[4]", "[0,8]"), 8, "tensor t");
    }

    @Test
    void aShapeWhoseProductOverflowsIsRefused() throws IOException {
        String huge = "999999999999999999";
        refused(tensor("U8", "[" + huge + "," + huge + "]", "[0,4]"), 4, "tensor t", "larger");
        // 2^32 * 2^32 is 0 in 64 bits, and so would be the size.
        refused(tensor("U8", "[4294967296,4294967296]", "[0,0]"), 0, "tensor t", "larger");
        refused(tensor("F64", "[2305843009213693952]", "[0,0]"), 0, "tensor t");
        refused(tensor("U8", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "[0,1]"), 1, "more than 16");
    }

    @Test
    void dataBeyondTheFileIsRefused() throws IOException {
        refused(tensor("U8", "[8]", "[0,8]"), 7, "tensor t", "only 7");
        refused(tensor("U8", "[999999999999999999]", "[0,999999999999999999]"), 7, "tensor t");
    }

    @Test
    void holesOverlapsAndTrailingBytesAreRefusedAsInTheReference() throws IOException {
        String pair =
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
                        + "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[%d,%d]}}";
        refused(pair.formatted(5, 9), 9, "tensor b", "begins at byte 5");
        refused(pair.formatted(3, 7), 7, "tensor b", "begins at byte 3");
        refused(pair.formatted(0, 4), 4, "tensor b");
        refused(tensor("U8", "[4]", "[1,5]"), 5, "tensor t", "begins at byte 1");
        refused(tensor("U8", "[4]", "[0,4]"), 5, "end at byte 4", "has 5");
        refused("{}", 1, "has 1");
    }

    @Test
    void namesThatCouldForgeALogLineAreRefused() throws IOException {
        String entry = ":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}";
        refused("{\"a\\nb\"" + entry, 0, "a?b");
        refused("{\"" + "n".repeat(2000) + "\"" + entry, 0, "nnn...");
    }

    @Test
    void countsAreLimited() throws IOException {
        var many = new StringBuilder("{\"__metadata__\":{");
        for (int i = 0; i <= 10_000; i++) {
            many.append(i == 0 ? "" : ",").append("\"k").append(i).append("\":\"\"");
        }
        refused(many + "}}", 0, "more than 10,000");
        var tensors = new StringBuilder("{");
        for (int i = 0; i <= 250_000; i++) {
            tensors.append(i == 0 ? "\"" : ",\"").append(i);
            tensors.append("\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}");
        }
        refused(tensors + "}", 0, "more than 250,000");
    }

    @Test
    void unknownKeysAndPaddingAreNoMistake() throws IOException {
        String header =
                "{\"t\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4],\"more\":[{}]},"
                        + "\"__metadata__\":null}   \n ";
        SafetensorsFile file = SafetensorsFile.open(write(header, 4), arena);
        assertEquals(List.of("t"), List.copyOf(file.tensors().keySet()));
    }
}
