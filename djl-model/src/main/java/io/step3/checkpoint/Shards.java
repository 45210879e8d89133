package io.step3.checkpoint;

import static io.step3.json.StrictJson.shown;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.step3.json.StrictJson;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Which file of a folder each tensor lies in: all in {@code model.safetensors}, or in the shards
 * that {@code model.safetensors.index.json} lists. If there are both, the single file counts, as in
 * the reference. An index may list more tensors than there are: layers of another use, whose shards
 * were not downloaded.
 */
final class Shards {

    private static final String SINGLE_FILE = "model.safetensors";
    private static final String INDEX_FILE = "model.safetensors.index.json";
    private static final int MAX_INDEX_BYTES = 100_000_000;
    private static final int MAX_TENSORS = 250_000;

    private Shards() {}

    /**
     * @param files which file each tensor lies in, by name
     * @param missing of tensors that the index lists and that are not there, what is wrong, by
     *     name; it matters only to who asks for one, as a published index may list layers that
     *     nobody uses
     */
    record Found(Map<String, SafetensorsFile> files, Map<String, String> missing) {

        /** Makes the maps unmodifiable. */
        Found {
            files = Collections.unmodifiableMap(files);
            missing = Collections.unmodifiableMap(missing);
        }
    }

    /** Reads the headers of all shards. */
    static Found open(Path folder, Arena arena) {
        var files = new LinkedHashMap<String, SafetensorsFile>();
        var missing = new LinkedHashMap<String, String>();
        Path indexFile = folder.resolve(INDEX_FILE);
        if (Files.exists(folder.resolve(SINGLE_FILE))) {
            add(files, SafetensorsFile.open(folder.resolve(SINGLE_FILE), arena));
        } else if (Files.exists(indexFile)) {
            Map<String, String> index = readIndex(indexFile);
            var shards = new LinkedHashMap<String, SafetensorsFile>();
            for (String shard : new LinkedHashSet<>(index.values())) {
                Path file = folder.resolve(shard);
                if (Files.exists(file)) {
                    shards.put(shard, SafetensorsFile.open(file, arena));
                    add(files, shards.get(shard));
                }
            }
            index.forEach(
                    (tensor, shard) -> {
                        SafetensorsFile file = files.get(tensor);
                        if (file != null && file != shards.get(shard)) {
                            throw new CheckpointException(
                                    "%s lists tensor %s in %s, but it lies in %s: download both again"
                                            .formatted(
                                                    indexFile, shown(tensor), shard, file.file()));
                        } else if (file == null && shards.containsKey(shard)) {
                            missing.put(
                                    tensor,
                                    "%s has no tensor %s, but %s lists it: download both again"
                                            .formatted(folder.resolve(shard), tensor, INDEX_FILE));
                        } else if (file == null) {
                            missing.put(
                                    tensor,
                                    "%s is missing, but %s lists it for tensor %s: complete the download"
                                            .formatted(folder.resolve(shard), INDEX_FILE, tensor));
                        }
                    });
            if (files.isEmpty()) {
                throw new CheckpointException(missing.values().iterator().next());
            }
        } else {
            throw new CheckpointException(
                    "%s holds no weights: it has neither %s nor %s; complete the download"
                            .formatted(folder, SINGLE_FILE, INDEX_FILE));
        }
        return new Found(files, missing);
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

    private static Map<String, String> readIndex(Path file) {
        byte[] bytes = ConfigObject.bytes(file, MAX_INDEX_BYTES);
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
     * A shard is a file of the folder, or of a folder in it. What the name leads to may be a link
     * out of it, as in the caches of Hugging Face: links are made by whoever downloaded the files,
     * names by whoever published them.
     */
    private static void checkShardName(Path file, String tensor, String shard) {
        boolean plain =
                shard.endsWith(".safetensors")
                        && shard.length() <= 1024
                        && shard.chars().allMatch(c -> c >= ' ' && c <= '~')
                        && shard.chars().noneMatch(c -> "\\:".indexOf(c) >= 0)
                        && Stream.of(shard.split("/", -1))
                                .noneMatch(n -> n.isEmpty() || n.equals(".") || n.equals(".."));
        if (!plain) {
            throw new CheckpointException(
                    "%s puts tensor %s into %s, which is no name of a safetensors file in the same folder or below"
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
