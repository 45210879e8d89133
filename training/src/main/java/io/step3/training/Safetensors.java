package io.step3.training;

import io.step3.checkpoint.DType;
import io.step3.checkpoint.SafetensorsFile;
import io.step3.checkpoint.SafetensorsWriter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Files of named tensors as Java arrays: the training's are small enough for memory. */
final class Safetensors {

    private Safetensors() {}

    /**
     * A tensor.
     *
     * @param type {@code F32}, {@code BF16} or {@code F8_E4M3}, or another type's name
     * @param shape dimensions
     * @param bytes little-endian values
     */
    record Tensor(String type, long[] shape, byte[] bytes) {

        static Tensor ofFloats(float[] values, long... shape) {
            ByteBuffer buffer =
                    ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
            buffer.asFloatBuffer().put(values);
            return new Tensor("F32", shape, buffer.array());
        }

        /** Rounds to bfloat16, ties to even. */
        static Tensor ofBfloat16(float[] values, long... shape) {
            ByteBuffer buffer =
                    ByteBuffer.allocate(values.length * 2).order(ByteOrder.LITTLE_ENDIAN);
            for (float value : values) {
                buffer.putShort((short) (Float.floatToRawIntBits(bfloat16(value)) >>> 16));
            }
            return new Tensor("BF16", shape, buffer.array());
        }

        static float bfloat16(float value) {
            int bits = Float.floatToRawIntBits(value);
            return Float.intBitsToFloat(bits + 0x7FFF + (bits >>> 16 & 1) & 0xFFFF0000);
        }

        /** The values of an {@code F32} or {@code BF16} tensor. */
        float[] floats() {
            ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            float[] values;
            switch (type) {
                case "F32" -> {
                    values = new float[bytes.length / 4];
                    buffer.asFloatBuffer().get(values);
                }
                case "BF16" -> {
                    values = new float[bytes.length / 2];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = Float.intBitsToFloat(buffer.getShort() << 16);
                    }
                }
                default -> throw new IllegalArgumentException("No floats in a tensor of " + type);
            }
            return values;
        }

        /** The values of an {@code I64} tensor. */
        long[] longs() {
            var values = new long[bytes.length / 8];
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(values);
            return values;
        }
    }

    /**
     * A file's content.
     *
     * @param tensors by name
     * @param metadata free text by name
     */
    record Content(Map<String, Tensor> tensors, Map<String, String> metadata) {}

    static Content read(Path file) {
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsFile opened = SafetensorsFile.open(file, arena);
            var tensors = new LinkedHashMap<String, Tensor>();
            for (String name : opened.tensors().keySet()) {
                var tensor = opened.tensor(name);
                tensors.put(
                        name,
                        new Tensor(
                                tensor.info().dtype().name(),
                                tensor.info().shape().stream().mapToLong(n -> n).toArray(),
                                tensor.data().toArray(ValueLayout.JAVA_BYTE)));
            }
            return new Content(tensors, opened.metadata());
        }
    }

    /** Writes a file so that at any moment either the old or the whole new one is there. */
    static void write(Path file, Content content) throws IOException {
        var writer = new SafetensorsWriter();
        content.metadata().forEach(writer::metadata);
        content.tensors()
                .forEach(
                        (name, tensor) ->
                                writer.add(
                                        name,
                                        DType.valueOf(tensor.type()),
                                        Arrays.stream(tensor.shape()).boxed().toList(),
                                        MemorySegment.ofArray(tensor.bytes())));
        writer.write(file);
    }
}
