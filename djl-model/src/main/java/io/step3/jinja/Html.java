package io.step3.jinja;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** HTML as text. */
final class Html {

    /** The names that matter; of HTML's two thousand others none is read. */
    private static final Map<String, String> NAMES =
            Map.of(
                    "amp", "&", "lt", "<", "gt", ">", "quot", "\"", "apos", "'", "nbsp", "\u00A0",
                    "copy", "\u00A9", "hellip", "\u2026", "mdash", "\u2014", "ndash", "\u2013");

    private static final int LONGEST_NAME = 8;

    private Html() {}

    /** Without comments and tags, with one blank between words. */
    static String stripTags(Budget budget, String html) {
        String text = without(budget, without(budget, html, "<!--", "-->"), "<", ">");
        TextBuilder out = new TextBuilder(budget);
        for (Object word : Splitting.words(budget, text, Long.MAX_VALUE)) {
            if (out.length() > 0) {
                out.append(' ');
            }
            out.append((String) word);
        }
        return unescape(budget, out.toString());
    }

    private static String without(Budget budget, String html, String open, String close) {
        TextBuilder out = new TextBuilder(budget);
        int from = 0;
        while (true) {
            int start = html.indexOf(open, from);
            int end = start < 0 ? -1 : html.indexOf(close, start);
            if (end < 0) {
                return out.append(html, from, html.length()).toString();
            }
            out.append(html, from, start);
            from = end + close.length();
        }
    }

    static String unescape(Budget budget, String html) {
        if (html.indexOf('&') < 0) {
            return html;
        }
        TextBuilder out = new TextBuilder(budget);
        for (int i = 0; i < html.length(); i++) {
            char c = html.charAt(i);
            int limit = Math.min(html.length(), i + LONGEST_NAME + 3);
            int end = c == '&' ? html.indexOf(';', i, limit) : -1;
            String meant = end < 0 ? null : meant(html.substring(i + 1, end));
            if (meant == null) {
                out.append(c);
            } else {
                out.append(meant);
                i = end;
            }
        }
        return out.toString();
    }

    private static @Nullable String meant(String name) {
        if (!name.startsWith("#")) {
            return NAMES.get(name);
        }
        boolean hex = name.startsWith("#x") || name.startsWith("#X");
        String digits = name.substring(hex ? 2 : 1);
        if (!digits.matches(hex ? "[0-9a-fA-F]{1,6}" : "[0-9]{1,7}")) {
            return null;
        }
        int number = Integer.parseInt(digits, hex ? 16 : 10);
        boolean valid = Character.isValidCodePoint(number) && number != 0;
        return valid && !(number >= 0xD800 && number < 0xE000)
                ? Character.toString(number)
                : "\uFFFD";
    }
}
