package io.step3.chat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.step3.json.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The normaliser, pre-tokenizer and decoder of a {@code tokenizer.json}, written anew with nothing
 * in them but the parts and the fields that were checked. The tokenizer's library ends the process
 * when it meets a part that it cannot run (a charsmap that is cut, a pattern that matches nothing),
 * so only parts pass for which that is excluded; a refusal names the part.
 */
final class TokenizerParts {

    private static final int MAX_PARTS = 64;
    private static final int MAX_TEXT = 4096;

    /** How many times longer all normalisers together may make a text. */
    private static final double MAX_GROWTH = 64;

    /** U+FDFA is 3 bytes, and 33 where compatible forms are taken apart. */
    private static final double UNICODE_GROWTH = 11;

    private int parts;
    private double growth = 1;

    /** Steps for each character of a run; the native splitter of ByteLevel and Whitespace has 1. */
    private long runCost = 1;

    /** See {@link SplitPattern#check}. */
    long runCost() {
        return runCost;
    }

    JsonElement normalizer(JsonElement json) throws IOException {
        if (json.isJsonNull()) {
            return json;
        }
        Fields in = part("normalizer", json);
        JsonObject out = in.copy();
        switch (in.type()) {
            case "Sequence" -> {
                JsonArray all = new JsonArray();
                for (JsonElement item : in.items("normalizers")) {
                    all.add(normalizer(item));
                }
                out.add("normalizers", all);
            }
            case "NFC", "NFD", "NFKC", "NFKD" -> grow(UNICODE_GROWTH);
            case "Lowercase" -> grow(2);
            case "Prepend" -> out.addProperty("prepend", in.nonEmpty("prepend"));
            case "Replace" -> replace(in, out, false);
            default -> throw in.unknownType();
        }
        return out;
    }

    JsonElement preTokenizer(JsonElement json) throws IOException {
        if (json.isJsonNull()) {
            return json;
        }
        Fields in = part("pre_tokenizer", json);
        JsonObject out = in.copy();
        switch (in.type()) {
            case "Sequence" -> {
                JsonArray all = new JsonArray();
                for (JsonElement item : in.items("pretokenizers")) {
                    all.add(preTokenizer(item));
                }
                out.add("pretokenizers", all);
            }
            case "Split" -> {
                out.add("pattern", pattern(in));
                out.addProperty(
                        "behavior",
                        in.oneOf(
                                "behavior",
                                null,
                                "Removed",
                                "Isolated",
                                "MergedWithPrevious",
                                "MergedWithNext",
                                "Contiguous"));
                out.addProperty("invert", in.flag("invert", false));
            }
            case "ByteLevel" -> byteLevel(in, out);
            case "Metaspace" -> metaspace(in, out);
            case "Digits" ->
                    out.addProperty("individual_digits", in.flag("individual_digits", false));
            case "Punctuation" ->
                    out.addProperty(
                            "behavior",
                            in.oneOf(
                                    "behavior",
                                    "Isolated",
                                    "Removed",
                                    "Isolated",
                                    "MergedWithPrevious",
                                    "MergedWithNext",
                                    "Contiguous"));
            case "Whitespace", "WhitespaceSplit" -> {}
            default -> throw in.unknownType();
        }
        return out;
    }

    /** As {@link Spelling} reads it: in what other decoders make, no token has bytes of its own. */
    JsonElement decoder(JsonElement json) throws IOException {
        Fields in = part("decoder", json);
        JsonObject out = in.copy();
        switch (in.type()) {
            case "Sequence" -> {
                JsonArray all = new JsonArray();
                for (JsonElement item : in.items("decoders")) {
                    all.add(decoder(item));
                }
                out.add("decoders", all);
            }
            case "ByteLevel" -> byteLevel(in, out);
            case "Metaspace" -> metaspace(in, out);
            case "Replace" -> replace(in, out, true);
            case "ByteFallback", "Fuse" -> {}
            case "Strip" -> {
                out.addProperty("content", in.character("content"));
                out.addProperty("start", in.count("start"));
                out.addProperty("stop", in.count("stop"));
            }
            default -> throw in.unknownType();
        }
        return out;
    }

    private Fields part(String where, JsonElement json) throws IOException {
        if (++parts > MAX_PARTS) {
            throw new IOException("it has more than %d parts".formatted(MAX_PARTS));
        }
        if (!(json instanceof JsonObject object)) {
            throw new IOException(
                    "its %s is %s".formatted(where, json.isJsonNull() ? "absent" : "no object"));
        }
        return new Fields(where, object);
    }

    private static void byteLevel(Fields in, JsonObject out) throws IOException {
        out.addProperty("add_prefix_space", in.flag("add_prefix_space", true));
        out.addProperty("trim_offsets", in.flag("trim_offsets", true));
        out.addProperty("use_regex", in.flag("use_regex", true));
    }

    /** Files before version 0.15 say {@code add_prefix_space} for what is now the scheme. */
    private static void metaspace(Fields in, JsonObject out) throws IOException {
        String scheme = in.flag("add_prefix_space", true) ? "always" : "never";
        out.addProperty("replacement", in.character("replacement"));
        out.addProperty(
                "prepend_scheme", in.oneOf("prepend_scheme", scheme, "always", "never", "first"));
        out.addProperty("split", in.flag("split", true));
    }

    private void replace(Fields in, JsonObject out, boolean mayDelete) throws IOException {
        JsonObject pattern = pattern(in);
        String content = mayDelete ? in.text("content") : in.nonEmpty("content");
        out.add("pattern", pattern);
        out.addProperty("content", content);
        JsonElement literal = pattern.get("String");
        double shortest = literal == null ? 1 : utf8(literal.getAsString());
        grow(Math.max(1, utf8(content) / shortest));
    }

    private static int utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private void grow(double factor) throws IOException {
        growth *= factor;
        // Taking characters apart twice finds nothing more.
        if (growth > MAX_GROWTH * UNICODE_GROWTH) {
            throw new IOException("its normalizer or decoder makes texts far too long");
        }
    }

    private JsonObject pattern(Fields in) throws IOException {
        JsonElement json = in.json.get("pattern");
        if (!(json instanceof JsonObject object) || object.size() != 1) {
            throw in.wrong("pattern", "one String or Regex");
        }
        Fields fields = new Fields(in.where + "." + in.type() + ".pattern", object);
        JsonObject out = new JsonObject();
        if (object.has("String")) {
            out.addProperty("String", fields.nonEmpty("String"));
        } else if (object.has("Regex")) {
            String regex = fields.nonEmpty("Regex");
            try {
                runCost += SplitPattern.check(regex);
            } catch (IOException e) {
                throw new IOException("in its %s %s".formatted(in.where, e.getMessage()), e);
            }
            out.addProperty("Regex", regex);
        } else {
            throw in.wrong("pattern", "one String or Regex");
        }
        return out;
    }

    /** The fields of a part. */
    private record Fields(String where, JsonObject json) {

        String type() throws IOException {
            return text("type");
        }

        JsonObject copy() throws IOException {
            JsonObject out = new JsonObject();
            out.addProperty("type", type());
            return out;
        }

        boolean flag(String name, boolean absent) throws IOException {
            JsonElement value = json.get(name);
            if (value == null || value.isJsonNull()) {
                return absent;
            }
            if (!(value instanceof JsonPrimitive p && p.isBoolean())) {
                throw wrong(name, "true or false");
            }
            return value.getAsBoolean();
        }

        String text(String name) throws IOException {
            JsonElement value = json.get(name);
            if (!(value instanceof JsonPrimitive p && p.isString())) {
                throw wrong(name, "a text");
            }
            String text = value.getAsString();
            if (text.length() > (name.equals("Regex") ? 1 << 16 : MAX_TEXT)) {
                throw wrong(name, "no longer than " + MAX_TEXT + " characters");
            }
            return text;
        }

        String nonEmpty(String name) throws IOException {
            String text = text(name);
            if (text.isEmpty()) {
                throw wrong(name, "not empty");
            }
            return text;
        }

        String character(String name) throws IOException {
            String text = text(name);
            if (text.codePointCount(0, text.length()) != 1) {
                throw wrong(name, "one character");
            }
            return text;
        }

        String oneOf(String name, @Nullable String absent, String... values) throws IOException {
            JsonElement value = json.get(name);
            if (absent != null && (value == null || value.isJsonNull())) {
                return absent;
            }
            String text = text(name);
            if (!Set.of(values).contains(text)) {
                throw wrong(name, "one of " + String.join(", ", values));
            }
            return text;
        }

        int count(String name) throws IOException {
            JsonElement value = json.get(name);
            if (value instanceof JsonPrimitive p && p.isNumber()) {
                double number = value.getAsDouble();
                if (number >= 0 && number <= 16 && number == Math.rint(number)) {
                    return (int) number;
                }
            }
            throw wrong(name, "a whole number from 0 to 16");
        }

        List<JsonElement> items(String name) throws IOException {
            if (!(json.get(name) instanceof JsonArray array)) {
                throw wrong(name, "a list");
            }
            List<JsonElement> items = new ArrayList<>();
            for (JsonElement item : array) {
                if (item instanceof JsonNull) {
                    throw wrong(name, "a list of parts");
                }
                items.add(item);
            }
            return items;
        }

        IOException unknownType() throws IOException {
            return new IOException(
                    "its %s has the part %s, which Step3 does not support"
                            .formatted(where, StrictJson.shown(type())));
        }

        IOException wrong(String name, String wanted) {
            return new IOException("in its %s %s must be %s".formatted(where, name, wanted));
        }
    }
}
