package io.step3.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Folders with a checkpoint that is small, or wrong in one place. */
final class TinyCheckpoint {

    /** A text-only model whose sizes are left as published. */
    static final String CONFIG = "{\"model_type\":\"step3_text\"}";

    private TinyCheckpoint() {}

    static Path config(Path folder, String json) throws IOException {
        return Files.writeString(folder.resolve("config.json"), json);
    }

    /** A file with one tensor of zeros for each name. */
    static Path shard(Path file, String... names) throws IOException {
        var writer = new SafetensorsWriter();
        for (String name : names) {
            writer.add(name, DType.F32, List.of(2L, 3L), MemorySegment.ofArray(new float[6]));
        }
        writer.write(file);
        return file;
    }

    /** An index, given as pairs of tensor and shard. */
    static Path index(Path folder, String... pairs) throws IOException {
        var json = new StringBuilder("{\"metadata\":{\"total_size\":1},\"weight_map\":{");
        for (int i = 0; i < pairs.length; i += 2) {
            json.append(i == 0 ? "" : ",");
            json.append("\"%s\":\"%s\"".formatted(pairs[i], pairs[i + 1]));
        }
        return Files.writeString(
                folder.resolve("model.safetensors.index.json"), json.append("}}").toString());
    }
}
