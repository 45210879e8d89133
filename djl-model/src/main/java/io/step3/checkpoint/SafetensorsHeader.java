package io.step3.checkpoint;

import static io.step3.json.StrictJson.shown;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.step3.json.StrictJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file: a JSON object of {@code name: {dtype, shape, data_offsets}} and
 * optionally {@code __metadata__}, a map of texts. It is read as a stream with limits on all that
 * grows, and held to the rules of the reference implementation (huggingface/safetensors, {@code
 * tensor.rs}): sizes fit shapes, and the tensors cover the data without holes or overlaps.
 *
 * @param tensors by name, in the order of their data
 * @param metadata what {@code __metadata__} says, empty if absent
 */
record SafetensorsHeader(Map<String, TensorInfo> tensors, Map<String, String> metadata) {

    static final String METADATA = "__metadata__";

    private static final int MAX_TENSORS = 250_000;
    private static final int MAX_NAME_LENGTH = 1024;
    private static final int MAX_RANK = 16;
    private static final int MAX_METADATA = 10_000;

    /**
     * @param file named in messages
     * @param json the header without its length
     * @param dataStart where in the file the data begins
     * @param dataBytes from there to the end of the file
     */
    static SafetensorsHeader parse(Path file, byte[] json, long dataStart, long dataBytes) {
        if (json.length == 0 || json[0] != '{') {
            throw broken(file, "its header is not a JSON object");
        }
        try (JsonReader reader = StrictJson.reader(json)) {
            var tensors = new LinkedHashMap<String, TensorInfo>();
            Map<String, String> metadata = null;
            reader.beginObject();
            while (reader.hasNext()) {
                String name = reader.nextName();
                if (name.equals(METADATA)) {
                    if (metadata != null) {
                        throw broken(file, "its header has " + METADATA + " twice");
                    }
                    metadata = metadata(file, reader);
                    continue;
                }
                checkName(file, name);
                TensorInfo tensor = tensor(file, name, reader, dataStart);
                if (tensors.put(name, tensor) != null) {
                    throw broken(file, "its header has the tensor " + name + " twice");
                }
                if (tensors.size() > MAX_TENSORS) {
                    throw broken(
                            file, "its header has more than %,d tensors".formatted(MAX_TENSORS));
                }
            }
            reader.endObject();
            reader.peek(); // fails unless nothing but padding follows
            return new SafetensorsHeader(
                    inOrderOfData(file, tensors, dataStart, dataBytes),
                    metadata == null ? Map.of() : metadata);
        } catch (IOException e) {
            throw new CheckpointException(brokenMessage(file, "its header is not valid JSON"), e);
        }
    }

    private static void checkName(Path file, String name) {
        if (name.length() > MAX_NAME_LENGTH || name.chars().anyMatch(Character::isISOControl)) {
            throw broken(
                    file, "a tensor's name is too long or has control characters: " + shown(name));
        }
    }

    private static Map<String, String> metadata(Path file, JsonReader reader) throws IOException {
        var metadata = new LinkedHashMap<String, String>();
        if (reader.peek() == JsonToken.NULL) {
            reader.nextNull();
            return metadata;
        }
        expect(file, METADATA, reader, JsonToken.BEGIN_OBJECT);
        reader.beginObject();
        while (reader.hasNext()) {
            String key = reader.nextName();
            expect(file, METADATA, reader, JsonToken.STRING);
            if (metadata.put(key, reader.nextString()) != null) {
                throw broken(file, METADATA + " has the key " + shown(key) + " twice");
            }
            if (metadata.size() > MAX_METADATA) {
                throw broken(file, METADATA + " has more than %,d keys".formatted(MAX_METADATA));
            }
        }
        reader.endObject();
        return Collections.unmodifiableMap(metadata);
    }

    private static TensorInfo tensor(Path file, String name, JsonReader reader, long dataStart)
            throws IOException {
        DType dtype = null;
        List<Long> shape = null;
        List<Long> offsets = null;
        expect(file, name, reader, JsonToken.BEGIN_OBJECT);
        reader.beginObject();
        while (reader.hasNext()) {
            String key = reader.nextName();
            boolean twice = false;
            switch (key) {
                case "dtype" -> {
                    twice = dtype != null;
                    dtype = dtype(file, name, reader);
                }
                case "shape" -> {
                    twice = shape != null;
                    shape = wholeNumbers(file, name, reader, MAX_RANK);
                }
                case "data_offsets" -> {
                    twice = offsets != null;
                    offsets = wholeNumbers(file, name, reader, 2);
                }
                default -> reader.skipValue();
            }
            if (twice) {
                throw broken(file, "tensor %s has %s twice".formatted(name, key));
            }
        }
        reader.endObject();
        if (dtype == null || shape == null || offsets == null || offsets.size() != 2) {
            throw broken(
                    file, "tensor %s lacks a dtype, shape or two data_offsets".formatted(name));
        }
        long begin = offsets.get(0);
        long end = offsets.get(1);
        long bytes = bytes(file, name, dtype, shape);
        if (dtype == DType.UNKNOWN ? end < begin : end - begin != bytes) {
            throw broken(
                    file,
                    "tensor %s %s %s takes %,d bytes, but its data_offsets [%d, %d] span %,d"
                            .formatted(name, dtype, shape, bytes, begin, end, end - begin));
        }
        return new TensorInfo(name, dtype, shape, file, dataStart + begin, end - begin);
    }

    private static DType dtype(Path file, String name, JsonReader reader) throws IOException {
        expect(file, name, reader, JsonToken.STRING);
        String text = reader.nextString();
        for (DType dtype : DType.values()) {
            if (dtype.name().equals(text)) {
                return dtype;
            }
        }
        if (text.isEmpty() || text.length() > 32) {
            throw broken(
                    file, "tensor %s has the dtype %s, which is none".formatted(name, shown(text)));
        }
        return DType.UNKNOWN;
    }

    private static List<Long> wholeNumbers(Path file, String name, JsonReader reader, int limit)
            throws IOException {
        var numbers = new ArrayList<Long>();
        expect(file, name, reader, JsonToken.BEGIN_ARRAY);
        reader.beginArray();
        while (reader.hasNext()) {
            expect(file, name, reader, JsonToken.NUMBER);
            String digits = reader.nextString();
            // 18 digits: every number below fits a long, and so do sums with a file's size.
            if (digits.length() > 18 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
                throw broken(
                        file,
                        "tensor %s has %s where a size or offset should be"
                                .formatted(name, shown(digits)));
            }
            numbers.add(Long.parseLong(digits));
            if (numbers.size() > limit) {
                throw broken(
                        file,
                        "tensor %s has a list of more than %d numbers".formatted(name, limit));
            }
        }
        reader.endArray();
        return numbers;
    }

    private static long bytes(Path file, String name, DType dtype, List<Long> shape) {
        try {
            // A tensor whose size is not known must have one that a long can count all the same.
            DType.U8.bytes(shape);
            return dtype.bytes(shape);
        } catch (ArithmeticException e) {
            throw new CheckpointException(
                    brokenMessage(
                            file,
                            "tensor %s %s %s is larger than any file, or ends within a byte"
                                    .formatted(name, dtype, shape)),
                    e);
        }
    }

    private static Map<String, TensorInfo> inOrderOfData(
            Path file, Map<String, TensorInfo> tensors, long dataStart, long dataBytes) {
        var sorted = new ArrayList<>(tensors.values());
        // Empty tensors come before the one that begins where they stand.
        sorted.sort(Comparator.comparingLong(TensorInfo::offset).thenComparing(TensorInfo::bytes));
        var inOrder = new LinkedHashMap<String, TensorInfo>();
        long position = dataStart;
        for (TensorInfo tensor : sorted) {
            if (tensor.offset() != position) {
                throw broken(
                        file,
                        "tensor %s begins at byte %,d of the data, but the one before ends at %,d"
                                .formatted(
                                        tensor.name(),
                                        tensor.offset() - dataStart,
                                        position - dataStart));
            }
            position += tensor.bytes();
            if (position - dataStart > dataBytes) {
                throw broken(
                        file,
                        "tensor %s ends at byte %,d of the data, but the file has only %,d"
                                .formatted(tensor.name(), position - dataStart, dataBytes));
            }
            inOrder.put(tensor.name(), tensor);
        }
        if (position - dataStart != dataBytes) {
            throw broken(
                    file,
                    "the tensors end at byte %,d of the data, but the file has %,d"
                            .formatted(position - dataStart, dataBytes));
        }
        return Collections.unmodifiableMap(inOrder);
    }

    private static void expect(Path file, String name, JsonReader reader, JsonToken token)
            throws IOException {
        if (reader.peek() != token) {
            throw broken(
                    file,
                    "its entry for %s has %s where %s should be"
                            .formatted(name, reader.peek(), token));
        }
    }

    private static CheckpointException broken(Path file, String what) {
        return new CheckpointException(brokenMessage(file, what));
    }

    private static String brokenMessage(Path file, String what) {
        return "%s is broken or cut off, download it again: %s".formatted(file, what);
    }
}
