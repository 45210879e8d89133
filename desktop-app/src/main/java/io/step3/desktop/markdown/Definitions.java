package io.step3.desktop.markdown;

import io.step3.desktop.markdown.BlockReader.Definition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** The link reference definitions of a text: of a label, the first counts. */
final class Definitions {

    /** More than an answer ever has; what comes behind them defines nothing. */
    private static final int MOST = 500;

    private static final int MOST_CHARS = 64_000;

    private final Map<String, Definition> byLabel;
    private int chars;

    Definitions() {
        byLabel = new LinkedHashMap<>();
    }

    Definitions(Definitions before) {
        byLabel = new LinkedHashMap<>(before.byLabel);
        chars = before.chars;
    }

    void put(Definition definition) {
        int more = definition.label().length() + definition.target().length();
        if (byLabel.size() < MOST
                && chars + more <= MOST_CHARS
                && byLabel.putIfAbsent(normal(definition.label()), definition) == null) {
            chars += more;
        }
    }

    /** Traces of the labels that lead elsewhere there than here. */
    List<String> changed(Definitions there) {
        var changed = new ArrayList<String>();
        Stream.concat(byLabel.keySet().stream(), there.byLabel.keySet().stream())
                .distinct()
                .filter(label -> !target(label).equals(there.target(label)))
                .forEach(label -> changed.add(trace(label)));
        return changed;
    }

    private String target(String label) {
        Definition definition = byLabel.get(label);
        return definition == null ? "" : "<" + definition.target();
    }

    /** Those of the definitions that this text may name, as Markdown. */
    String named(String source) {
        if (byLabel.isEmpty() || source.indexOf('[') < 0) {
            return "";
        }
        String trace = trace(source);
        var named = new StringBuilder();
        byLabel.forEach(
                (label, definition) -> {
                    if (trace.contains(trace(label))) {
                        named.append('[').append(blanks(definition.label())).append("]: <");
                        named.append(escaped(definition.target())).append(">\n");
                    }
                });
        return named.isEmpty() ? "" : named.append('\n').toString();
    }

    private static String escaped(String target) {
        return target.replaceAll("[\\\\<>]", "\\\\$0").replace("&", "&amp;");
    }

    /** A label as CommonMark compares it. */
    private static String normal(String label) {
        return blanks(label).toLowerCase(Locale.ROOT).toUpperCase(Locale.ROOT);
    }

    private static String blanks(String label) {
        return label.strip().replaceAll("[ \\t\\r\\n]+", " ");
    }

    /**
     * What is left of a text when all is taken out that may differ between a label and its use:
     * case, blanks, and the signs of a quote between two lines. If the trace of the label is not in
     * that of the text, the text does not use it.
     */
    static String trace(String text) {
        String folded = text.toLowerCase(Locale.ROOT).toUpperCase(Locale.ROOT);
        var trace = new StringBuilder(folded.length());
        for (int i = 0; i < folded.length(); i++) {
            char c = folded.charAt(i);
            if (c > ' ' && c != '>') {
                trace.append(c);
            }
        }
        return trace.toString();
    }
}
