package io.step3.ops;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;

/** Just enough of a safetensors reader for the golden files, which are trusted. */
record Safetensors(MemorySegment file, long dataStart, JsonObject header) {

    static Safetensors map(Path path, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(path)) {
            MemorySegment file =
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            long length = file.get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
            byte[] json = file.asSlice(8, length).toArray(ValueLayout.JAVA_BYTE);
            String text = new String(json, StandardCharsets.UTF_8);
            return new Safetensors(
                    file, 8 + length, JsonParser.parseString(text).getAsJsonObject());
        }
    }

    Set<String> names() {
        return header.keySet();
    }

    MemorySegment data(String name) {
        JsonArray offsets = header.getAsJsonObject(name).getAsJsonArray("data_offsets");
        long from = offsets.get(0).getAsLong();
        return file.asSlice(dataStart + from, offsets.get(1).getAsLong() - from);
    }

    int size(String name, int dimension) {
        return header.getAsJsonObject(name).getAsJsonArray("shape").get(dimension).getAsInt();
    }
}
