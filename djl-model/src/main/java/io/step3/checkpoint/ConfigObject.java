package io.step3.checkpoint;

import static io.step3.json.StrictJson.shown;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.step3.json.PythonNumbers;
import io.step3.json.RegularFile;
import io.step3.json.StrictJson;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An object of a configuration file, whose values are checked as they are taken. A key that is
 * {@code null} counts as absent, as it does in the reference.
 *
 * @param where the file and the keys that lead here, which begins every message
 */
record ConfigObject(String where, JsonObject json) {

    private static final int MAX_FILE_BYTES = 4 << 20;

    static ConfigObject read(Path file) {
        byte[] json = PythonNumbers.quoted(bytes(file, MAX_FILE_BYTES));
        try (JsonReader reader = StrictJson.reader(json)) {
            if (reader.peek() != JsonToken.BEGIN_OBJECT) {
                throw new CheckpointException(file + " must hold a JSON object: get it anew");
            }
            JsonObject object = (JsonObject) StrictJson.element(reader);
            reader.peek(); // fails unless nothing follows
            return new ConfigObject(file + ": ", object);
        } catch (IOException e) {
            throw new CheckpointException(
                    "%s is not valid JSON, get it anew: %s".formatted(file, StrictJson.reason(e)),
                    e);
        }
    }

    /** The content of a regular file of a checkpoint. */
    static byte[] bytes(Path file, int limit) {
        try {
            return RegularFile.read(file, limit);
        } catch (NoSuchFileException e) {
            throw new CheckpointException(file + " is missing: complete the download", e);
        } catch (IOException e) {
            throw new CheckpointException(e.getMessage(), e);
        }
    }

    /** Of a file that may be absent: all keys are. */
    static ConfigObject readIfPresent(Path file) {
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                ? read(file)
                : new ConfigObject(file + ": ", new JsonObject());
    }

    Optional<JsonElement> value(String key) {
        return Optional.ofNullable(json.get(key)).filter(value -> !value.isJsonNull());
    }

    Optional<ConfigObject> object(String key) {
        return value(key)
                .map(
                        value -> {
                            if (!value.isJsonObject()) {
                                throw refused(key, value, "an object");
                            }
                            return new ConfigObject(where + key + ".", value.getAsJsonObject());
                        });
    }

    int integer(String key, int absent, int min, int max) {
        return value(key).map(value -> integer(key, value, min, max)).orElse(absent);
    }

    int integer(String key, JsonElement value, int min, int max) {
        BigDecimal number = isNumber(value) ? decimal(value) : null;
        boolean inRange =
                number != null
                        && number.compareTo(BigDecimal.valueOf(min)) >= 0
                        && number.compareTo(BigDecimal.valueOf(max)) <= 0;
        // Not by a remainder, which of 1e-999999999 would have as many digits.
        if (!inRange || number.stripTrailingZeros().scale() > 0) {
            throw refused(key, value, "a whole number from %d to %d".formatted(min, max));
        }
        return number.intValueExact();
    }

    /** A number above {@code min} (or equal to it, if {@code minIncluded}) up to {@code max}. */
    double number(String key, double absent, double min, boolean minIncluded, double max) {
        return value(key)
                .map(
                        value -> {
                            double number = isNumber(value) ? value.getAsDouble() : Double.NaN;
                            boolean inRange =
                                    (number > min || minIncluded && number == min) && number <= max;
                            if (!inRange) {
                                throw refused(
                                        key,
                                        value,
                                        "a number %s %s and at most %s"
                                                .formatted(
                                                        minIncluded ? "of at least" : "above",
                                                        min,
                                                        max));
                            }
                            return number;
                        })
                .orElse(absent);
    }

    boolean flag(String key, boolean absent) {
        return value(key)
                .map(
                        value -> {
                            if (!(value instanceof JsonPrimitive p && p.isBoolean())) {
                                throw refused(key, value, "true or false");
                            }
                            return value.getAsBoolean();
                        })
                .orElse(absent);
    }

    Optional<String> text(String key) {
        return value(key)
                .map(
                        value -> {
                            if (!isText(value)) {
                                throw refused(key, value, "a text");
                            }
                            return value.getAsString();
                        });
    }

    /** Refuses any value but the one that Step3 has; absent is that value. */
    void require(String key, String only) {
        value(key)
                .filter(value -> !(isText(value) && value.getAsString().equals(only)))
                .ifPresent(
                        value -> {
                            throw refused(key, value, shown(only) + ", the only one supported");
                        });
    }

    static boolean isText(JsonElement value) {
        return value instanceof JsonPrimitive p && p.isString();
    }

    /** Null for a number whose exponent is out of any range. */
    private static @Nullable BigDecimal decimal(JsonElement value) {
        try {
            return new BigDecimal(value.getAsString());
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** The side of a square, which may be written as a number, or as height and width. */
    int side(String key, int absent, int min, int max) {
        Optional<JsonElement> value = value(key);
        if (value.isPresent() && value.get() instanceof JsonObject sides) {
            var both = new ConfigObject(where + key + ".", sides);
            int height = both.integer("height", -1, min, max);
            int width = both.integer("width", -1, min, max);
            if (height != width || height < 0) {
                throw refused(key, value.get(), "a number, or a height and an equal width");
            }
            return height;
        }
        if (value.isPresent() && value.get() instanceof JsonArray sides && sides.size() == 2) {
            int height = integer(key, sides.get(0), min, max);
            if (height != integer(key, sides.get(1), min, max)) {
                throw refused(key, sides, "a number, or a height and an equal width");
            }
            return height;
        }
        return integer(key, absent, min, max);
    }

    private static boolean isNumber(JsonElement value) {
        return value instanceof JsonPrimitive p && p.isNumber();
    }

    CheckpointException refused(String key, JsonElement value, String expected) {
        String found = isText(value) ? shown(value.getAsString()) : shown(value.toString());
        return refused("%s is %s, but must be %s".formatted(key, found, expected));
    }

    CheckpointException refused(String sentence) {
        return new CheckpointException(where + sentence);
    }
}
