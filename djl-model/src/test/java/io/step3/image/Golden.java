package io.step3.image;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;

/** The golden files of pictures, and a reader of safetensors that is enough for them. */
final class Golden {
    private static final Path FOLDER = Path.of(System.getProperty("step3.golden"), "image");

    private Golden() {}

    static byte[] bytes(String file) {
        try {
            return Files.readAllBytes(FOLDER.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static RgbImage picture(String name) {
        return new ImageDecoder().decode(bytes(name + ".png"), name, Integer.MAX_VALUE);
    }

    static List<JsonObject> rows(String file) {
        JsonArray rows =
                JsonParser.parseString(new String(bytes(file), StandardCharsets.UTF_8))
                        .getAsJsonArray();
        return StreamSupport.stream(rows.spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .toList();
    }

    static List<Integer> ints(JsonElement array) {
        return StreamSupport.stream(array.getAsJsonArray().spliterator(), false)
                .map(JsonElement::getAsInt)
                .toList();
    }

    static Size size(JsonElement array) {
        return new Size(ints(array).get(0), ints(array).get(1));
    }

    /** A file of tensors. */
    record Tensors(JsonObject header, ByteBuffer data) {

        static Tensors of(String file) {
            ByteBuffer bytes = ByteBuffer.wrap(Golden.bytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            byte[] header = new byte[Math.toIntExact(bytes.getLong())];
            bytes.get(header);
            JsonObject json =
                    JsonParser.parseString(new String(header, StandardCharsets.UTF_8))
                            .getAsJsonObject();
            json.remove("__metadata__");
            return new Tensors(json, bytes.slice().order(ByteOrder.LITTLE_ENDIAN));
        }

        Set<String> names() {
            return header.keySet();
        }

        boolean has(String name) {
            return header.has(name);
        }

        List<Integer> shape(String name) {
            return ints(header.getAsJsonObject(name).get("shape"));
        }

        byte[] bytes(String name) {
            List<Integer> range = ints(header.getAsJsonObject(name).get("data_offsets"));
            byte[] bytes = new byte[range.get(1) - range.get(0)];
            data.get(range.get(0), bytes);
            return bytes;
        }

        float[] floats(String name) {
            byte[] bytes = bytes(name);
            float[] floats = new float[bytes.length / Float.BYTES];
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
            return floats;
        }
    }
}
