package io.step3.jinja;

import java.util.function.UnaryOperator;

/** Text that is HTML already, so that escaping leaves it alone and escapes what is added to it. */
record Markup(String text) {

    /** A value as HTML. */
    static Markup escape(Budget budget, Object value) {
        if (value instanceof Markup markup) {
            return markup;
        }
        return new Markup(escapeText(budget, Repr.str(budget, value)));
    }

    static String escapeText(Budget budget, String text) {
        TextBuilder out = new TextBuilder(budget);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '\'' -> out.append("&#39;");
                case '"' -> out.append("&#34;");
                default -> out.append(c);
            }
        }
        return out.toString();
    }

    /** Text stays text and lists of texts stay lists, but every text becomes markup. */
    static Object of(Budget budget, Object result) {
        if (result instanceof String plain) {
            return new Markup(plain);
        }
        if (result instanceof Sequence sequence) {
            UnaryOperator<Object> one = item -> of(budget, item);
            return sequence.map(budget, one);
        }
        return result;
    }
}
