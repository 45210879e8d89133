package io.step3.desktop.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.step3.desktop.store.ExportFormat;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every text is there in every language, and every text there is used. */
class WordsTest {

    private static final Path SOURCES = Path.of("src/main/java/io/step3/desktop");
    private static final Path BUNDLES = Path.of("src/main/resources/io/step3/desktop/model");
    private static final Pattern LITERAL = Pattern.compile("\"([a-z][A-Za-z.]*)\"");

    /** Words may also be called w, or come from a supplier; a JSON object has texts of its own. */
    private static final Pattern ASKED =
            Pattern.compile(
                    "\\b(?:words|w|words\\(\\)|get\\(\\))\\s*\\.text\\(\\s*\"([^\"]+)\"\\s*[,)]");

    private static final Pattern HOLE = Pattern.compile("\\{(\\d)");

    private static Properties bundle(String name) throws IOException {
        Properties properties = new Properties();
        try (Reader in = Files.newBufferedReader(BUNDLES.resolve(name))) {
            properties.load(in);
        }
        return properties;
    }

    private static Set<String> found(Pattern pattern) throws IOException {
        Set<String> found = new TreeSet<>();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                Matcher matcher = pattern.matcher(Files.readString(file));
                while (matcher.find()) {
                    found.add(matcher.group(1));
                }
            }
        }
        return found;
    }

    /** Keys that are put together from a prefix and the constants of an enum. */
    private static Set<String> composed() {
        Set<String> keys = new TreeSet<>();
        add(keys, "appearance.", Appearance.values());
        add(keys, "reasoning.", ReasoningDisplay.values());
        add(keys, "export.", ExportFormat.values());
        for (String name :
                "temperature topP topK minP repetition thinkBudget maxTokens seed".split(" ")) {
            keys.add("controls." + name);
        }
        return keys;
    }

    private static void add(Set<String> keys, String prefix, Enum<?>[] constants) {
        Arrays.stream(constants).forEach(c -> keys.add(prefix + c.name().toLowerCase(Locale.ROOT)));
    }

    @Test
    void everyLanguageHasTheSameTexts() throws IOException {
        assertEquals(
                bundle("words.properties").stringPropertyNames(),
                bundle("words_zh.properties").stringPropertyNames());
    }

    @Test
    void everyTextHasTheSameHolesInEveryLanguage() throws IOException {
        Properties chinese = bundle("words_zh.properties");
        bundle("words.properties")
                .forEach(
                        (key, text) ->
                                assertEquals(
                                        holes((String) text),
                                        holes(chinese.getProperty((String) key)),
                                        (String) key));
    }

    private static Set<String> holes(String text) {
        Set<String> holes = new TreeSet<>();
        Matcher matcher = HOLE.matcher(text);
        while (matcher.find()) {
            holes.add(matcher.group(1));
        }
        return holes;
    }

    @Test
    void noTextIsEmptyAndChineseIsChinese() throws IOException {
        bundle("words_zh.properties")
                .forEach((key, text) -> assertFalse(((String) text).isBlank(), (String) key));
        Properties english = bundle("words.properties");
        Set<String> same = new TreeSet<>();
        bundle("words_zh.properties")
                .forEach(
                        (key, text) -> {
                            if (english.get(key).equals(text)) {
                                same.add((String) key);
                            }
                        });
        assertEquals(
                Set.of(
                        "controls.minP",
                        "controls.topK",
                        "controls.topP",
                        "export.markdown",
                        "inside.cache",
                        "key.enter",
                        "key.rowMenu",
                        "key.shiftEnter",
                        // Questions to the built-in model, which answers them in English only.
                        "example.circles",
                        "example.tallest",
                        "example.add",
                        "example.larger",
                        "example.sort",
                        "picture.size",
                        "quoted"),
                same);
    }

    @Test
    void noTextIsMissing() throws IOException {
        Set<String> missing = found(ASKED);
        missing.addAll(composed());
        missing.removeAll(bundle("words.properties").stringPropertyNames());
        assertEquals(Set.of(), missing);
    }

    @Test
    void noTextIsUnused() throws IOException {
        Set<String> unused = new TreeSet<>(bundle("words.properties").stringPropertyNames());
        unused.removeAll(found(LITERAL));
        unused.removeAll(composed());
        assertEquals(Set.of(), unused);
    }
}
