package io.step3.jinja;

import org.jspecify.annotations.Nullable;

/** {@code str.maketrans} and {@code str.translate}. */
final class Translation {

    private Translation() {}

    static Dict table(Budget budget, Arguments all) {
        @Nullable Object[] bound = all.bind("maketrans", "/x!", "/y", "/z");
        Dict.Builder table = new Dict.Builder(budget);
        if (bound[1] == null) {
            if (!(bound[0] instanceof Dict given)) {
                throw TemplateException.value("maketrans() takes a dict, or two strings");
            }
            for (Dict.Item item : given.items()) {
                table.put(
                        Types.isText(item.key()) ? codePoint(Types.text(item.key())) : item.key(),
                        item.value());
            }
            return table.build();
        }
        int[] from = TextMethods.string("maketrans", bound[0]).codePoints().toArray();
        int[] to = TextMethods.string("maketrans", bound[1]).codePoints().toArray();
        if (from.length != to.length) {
            throw TemplateException.value("maketrans() takes two strings of equal length");
        }
        for (int i = 0; i < from.length; i++) {
            table.put((long) from[i], (long) to[i]);
        }
        if (bound[2] != null) {
            TextMethods.string("maketrans", bound[2])
                    .codePoints()
                    .forEach(c -> table.put((long) c, None.NONE));
        }
        return table.build();
    }

    private static Object codePoint(String text) {
        if (text.codePointCount(0, text.length()) != 1) {
            throw TemplateException.value("string keys in translate table must be of length 1");
        }
        return (long) text.codePointAt(0);
    }

    static String translate(Budget budget, String text, Object table) {
        if (!(table instanceof Dict dict)) {
            throw TemplateException.value("translate() takes a dict");
        }
        TextBuilder out = new TextBuilder(budget);
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            switch (dict.get(budget, (long) c)) {
                case null -> out.appendCodePoint(c);
                case None none -> {}
                case String with -> out.append(with);
                case Long with when Character.isValidCodePoint(with.intValue()) ->
                        out.appendCodePoint(with.intValue());
                default ->
                        throw TemplateException.value(
                                "character mapping must return integer, None or str");
            }
        }
        return out.toString();
    }
}
