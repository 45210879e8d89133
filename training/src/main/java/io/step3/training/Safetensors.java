package io.step3.training;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Files of named tensors, as the training reads and writes them: small enough for memory, trusted.
 */
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

    static Content read(Path file) throws IOException {
        byte[] all = Files.readAllBytes(file);
        ByteBuffer buffer = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
        int header = Math.toIntExact(buffer.getLong());
        String text = new String(all, 8, header, StandardCharsets.UTF_8);
        JsonObject json = JsonParser.parseString(text).getAsJsonObject();
        var tensors = new LinkedHashMap<String, Tensor>();
        var metadata = new LinkedHashMap<String, String>();
        for (String name : json.keySet()) {
            JsonObject entry = json.getAsJsonObject(name);
            if (name.equals("__metadata__")) {
                entry.keySet().forEach(key -> metadata.put(key, entry.get(key).getAsString()));
                continue;
            }
            JsonArray offsets = entry.getAsJsonArray("data_offsets");
            int from = offsets.get(0).getAsInt();
            var bytes = new byte[offsets.get(1).getAsInt() - from];
            System.arraycopy(all, 8 + header + from, bytes, 0, bytes.length);
            JsonArray dimensions = entry.getAsJsonArray("shape");
            var shape = new long[dimensions.size()];
            for (int i = 0; i < shape.length; i++) {
                shape[i] = dimensions.get(i).getAsLong();
            }
            tensors.put(name, new Tensor(entry.get("dtype").getAsString(), shape, bytes));
        }
        return new Content(tensors, metadata);
    }

    /** Writes a file so that at any moment either the old or the whole new one is there. */
    static void write(Path file, Content content) throws IOException {
        var json = new JsonObject();
        var metadata = new JsonObject();
        content.metadata().forEach(metadata::addProperty);
        if (metadata.size() > 0) {
            json.add("__metadata__", metadata);
        }
        long offset = 0;
        for (Map.Entry<String, Tensor> named : content.tensors().entrySet()) {
            Tensor tensor = named.getValue();
            var entry = new JsonObject();
            entry.addProperty("dtype", tensor.type());
            var shape = new JsonArray();
            for (long dimension : tensor.shape()) {
                shape.add(dimension);
            }
            entry.add("shape", shape);
            var offsets = new JsonArray();
            offsets.add(offset);
            offset += tensor.bytes().length;
            offsets.add(offset);
            entry.add("data_offsets", offsets);
            json.add(named.getKey(), entry);
        }
        StringBuilder header = new StringBuilder(json.toString());
        while ((header.length() & 7) != 0) {
            header.append(' ');
        }
        byte[] bytes = header.toString().getBytes(StandardCharsets.UTF_8);
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part))) {
            out.write(
                    ByteBuffer.allocate(8)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(bytes.length)
                            .array());
            out.write(bytes);
            for (Tensor tensor : content.tensors().values()) {
                out.write(tensor.bytes());
            }
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
