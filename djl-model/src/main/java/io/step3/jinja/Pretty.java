package io.step3.jinja;

import java.util.ArrayList;
import java.util.List;

/** The filter {@code pprint}: a value over several lines where one would be too long. */
final class Pretty {

    private static final int WIDTH = 80;

    private final Budget budget;
    private final TextBuilder out;

    private Pretty(Budget budget) {
        this.budget = budget;
        this.out = new TextBuilder(budget);
    }

    static String write(Budget budget, Object value) {
        Pretty pretty = new Pretty(budget);
        pretty.append(value, 0, 0);
        return pretty.out.toString();
    }

    /**
     * Writes a value.
     *
     * @param indent the column where it begins
     * @param allowance characters that must fit behind it
     */
    private void append(Object value, int indent, int allowance) {
        budget.enter();
        String line = line(value);
        if (line.length() <= WIDTH - indent - allowance) {
            out.append(line);
        } else {
            switch (value) {
                case Sequence sequence when sequence.size() > 0 -> {
                    out.append(sequence.isTuple() ? "(" : "[");
                    String end = sequence.isTuple() ? sequence.size() == 1 ? ",)" : ")" : "]";
                    List<Object> items = sequence.items();
                    for (int i = 0; i < items.size(); i++) {
                        boolean last = i == items.size() - 1;
                        append(items.get(i), indent + 1, last ? allowance + end.length() : 1);
                        out.append(last ? end : ",\n" + " ".repeat(indent + 1));
                    }
                }
                case Dict dict when dict.size() > 0 -> {
                    out.append('{');
                    List<Dict.Item> items = sorted(dict);
                    for (int i = 0; i < items.size(); i++) {
                        boolean last = i == items.size() - 1;
                        String key = line(items.get(i).key());
                        out.append(key).append(": ");
                        append(
                                items.get(i).value(),
                                indent + key.length() + 3,
                                last ? allowance + 1 : 1);
                        out.append(last ? "}" : ",\n" + " ".repeat(indent + 1));
                    }
                }
                case String text -> appendText(text, indent, allowance);
                default -> out.append(line);
            }
        }
        budget.leave();
    }

    /** A value in one line, its dicts in the order of their keys. */
    private String line(Object value) {
        return Repr.repr(budget, ordered(value));
    }

    private Object ordered(Object value) {
        budget.enter();
        Object ordered =
                switch (value) {
                    case Sequence sequence -> sequence.map(budget, this::ordered);
                    case Dict dict -> {
                        Dict.Builder builder = new Dict.Builder(budget);
                        for (Dict.Item item : sorted(dict)) {
                            builder.put(item.key(), ordered(item.value()));
                        }
                        yield builder.build();
                    }
                    default -> value;
                };
        budget.leave();
        return ordered;
    }

    private List<Dict.Item> sorted(Dict dict) {
        List<Dict.Item> items = new ArrayList<>();
        dict.items().forEach(items::add);
        items.sort(
                (a, b) -> {
                    try {
                        return Equality.compare(budget, "<", a.key(), b.key());
                    } catch (TemplateException e) {
                        if (e.kind() == TemplateException.Kind.LIMIT) {
                            throw e;
                        }
                        // Keys of different types: by the names of these.
                        return Types.name(a.key()).compareTo(Types.name(b.key()));
                    }
                });
        return items;
    }

    /** A long text in pieces, one a line, cut behind line ends and blanks. */
    private void appendText(String text, int indent, int allowance) {
        int width = WIDTH - indent;
        int last = width - allowance;
        boolean parentheses = indent == 0;
        if (parentheses) {
            width--;
            last -= 2;
            indent++;
        }
        List<String> chunks = new ArrayList<>();
        List<Object> lines = Splitting.lines(budget, text, true);
        for (int i = 0; i < lines.size(); i++) {
            String line = (String) lines.get(i);
            boolean lastLine = i == lines.size() - 1;
            if (line(line).length() <= (lastLine ? last : width)) {
                chunks.add(line(line));
                continue;
            }
            String current = "";
            List<String> words = words(line);
            for (int j = 0; j < words.size(); j++) {
                int room = lastLine && j == words.size() - 1 ? last : width;
                String longer = current + words.get(j);
                if (line(longer).length() > room && !current.isEmpty()) {
                    chunks.add(line(current));
                    current = words.get(j);
                } else {
                    current = longer;
                }
            }
            if (!current.isEmpty()) {
                chunks.add(line(current));
            }
        }
        if (chunks.size() == 1) {
            out.append(line(text));
            return;
        }
        out.append(parentheses ? "(" : "");
        for (int i = 0; i < chunks.size(); i++) {
            out.append(i > 0 ? "\n" + " ".repeat(indent) : "").append(chunks.get(i));
        }
        out.append(parentheses ? ")" : "");
    }

    /** Words, each with the blanks behind it. */
    private List<String> words(String line) {
        budget.write(line.length());
        List<String> words = new ArrayList<>();
        for (int at = 0; at < line.length(); ) {
            int end = at;
            while (end < line.length() && !Characters.isSpace(line.charAt(end))) {
                end++;
            }
            end = Characters.skipSpace(line, end);
            words.add(line.substring(at, end));
            at = end;
        }
        return words;
    }
}
