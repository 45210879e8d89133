package io.step3.checkpoint;

import static io.step3.checkpoint.StrictJson.shown;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;

/**
 * Which file of a folder each tensor lies in: all in {@code model.safetensors}, or in the shards
 * that {@code model.safetensors.index.json} lists. If there are both, the single file counts, as in
 * the reference.
 */
final class Shards {

    private static final String SINGLE_FILE = "model.safetensors";
    private static final String INDEX_FILE = "model.safetensors.index.json";
    private static final int MAX_INDEX_BYTES = 100_000_000;
    private static final int MAX_TENSORS = 250_000;

    private Shards() {}

    /** Reads the headers of all shards and gives the file of each tensor, by name. */
    static Map<String, SafetensorsFile> open(Path folder, Arena arena) {
        var files = new LinkedHashMap<String, SafetensorsFile>();
        Path indexFile = folder.resolve(INDEX_FILE);
        if (Files.exists(folder.resolve(SINGLE_FILE))) {
            add(files, SafetensorsFile.open(folder.resolve(SINGLE_FILE), arena));
        } else if (Files.exists(indexFile)) {
            Map<String, String> index = readIndex(indexFile);
            for (String shard : new LinkedHashSet<>(index.values())) {
                Path file = folder.resolve(shard);
                if (!Files.exists(file)) {
                    throw new CheckpointException(
                            "%s is missing, but %s lists it: complete the download"
                                    .formatted(file, INDEX_FILE));
                }
                add(files, SafetensorsFile.open(file, arena));
            }
            index.forEach((tensor, shard) -> check(indexFile, tensor, shard, files));
        } else {
            throw new CheckpointException(
                    "%s holds no weights: it has neither %s nor %s"
                            .formatted(folder, SINGLE_FILE, INDEX_FILE));
        }
        return Collections.unmodifiableMap(files);
    }

    private static void add(Map<String, SafetensorsFile> files, SafetensorsFile file) {
        for (String tensor : file.tensors().keySet()) {
            SafetensorsFile other = files.put(tensor, file);
            if (other != null) {
                throw new CheckpointException(
                        "tensor %s lies in %s and again in %s: remove the file that does not belong"
                                .formatted(tensor, other.file(), file.file()));
            }
        }
    }

    private static void check(
            Path indexFile, String tensor, String shard, Map<String, SafetensorsFile> files) {
        SafetensorsFile file = files.get(tensor);
        String found = file == null ? "no shard" : file.file().getFileName().toString();
        if (!found.equals(shard)) {
            throw new CheckpointException(
                    "%s lists tensor %s in %s, but it lies in %s: download both again"
                            .formatted(indexFile, shown(tensor), shard, found));
        }
    }

    private static Map<String, String> readIndex(Path file) {
        byte[] bytes = StrictJson.readBytes(file, MAX_INDEX_BYTES);
        Map<String, String> shards = null;
        try (JsonReader reader = StrictJson.reader(bytes)) {
            expect(file, reader, JsonToken.BEGIN_OBJECT, "an object");
            reader.beginObject();
            while (reader.hasNext()) {
                if (reader.nextName().equals("weight_map")) {
                    if (shards != null) {
                        throw new CheckpointException(file + " has weight_map twice");
                    }
                    shards = weightMap(file, reader);
                } else {
                    reader.skipValue();
                }
            }
            reader.endObject();
            reader.peek(); // fails unless nothing follows
        } catch (IOException e) {
            throw new CheckpointException(file + " is not valid JSON: download it again", e);
        }
        if (shards == null || shards.isEmpty()) {
            throw new CheckpointException(
                    file + " lists no tensors in weight_map: download it again");
        }
        return shards;
    }

    private static Map<String, String> weightMap(Path file, JsonReader reader) throws IOException {
        var shards = new LinkedHashMap<String, String>();
        expect(file, reader, JsonToken.BEGIN_OBJECT, "an object weight_map");
        reader.beginObject();
        while (reader.hasNext()) {
            String tensor = reader.nextName();
            expect(file, reader, JsonToken.STRING, "a file name for every tensor");
            String shard = reader.nextString();
            checkShardName(file, tensor, shard);
            if (shards.put(tensor, shard) != null) {
                throw new CheckpointException(
                        "%s lists the tensor %s twice".formatted(file, shown(tensor)));
            }
            if (shards.size() > MAX_TENSORS) {
                throw new CheckpointException(
                        "%s lists more than %,d tensors".formatted(file, MAX_TENSORS));
            }
        }
        reader.endObject();
        return shards;
    }

    /**
     * A shard is a file of the folder itself. What the name leads to may be a link out of it, as in
     * the caches of Hugging Face: links are made by whoever downloaded the files, names by whoever
     * published them.
     */
    private static void checkShardName(Path file, String tensor, String shard) {
        boolean plain =
                shard.endsWith(".safetensors")
                        && shard.chars().allMatch(c -> c >= ' ' && c <= '~')
                        && shard.chars().noneMatch(c -> "/\\:".indexOf(c) >= 0);
        if (!plain) {
            throw new CheckpointException(
                    "%s puts tensor %s into %s, which is no name of a safetensors file in the same folder"
                            .formatted(file, shown(tensor), shown(shard)));
        }
    }

    private static void expect(Path file, JsonReader reader, JsonToken token, String what)
            throws IOException {
        if (reader.peek() != token) {
            throw new CheckpointException("%s must hold %s".formatted(file, what));
        }
    }
}
