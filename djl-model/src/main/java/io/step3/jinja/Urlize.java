package io.step3.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The filter {@code urlize}: addresses in a text as links. */
final class Urlize {

    /** Longer words are no addresses, and no work for the patterns. */
    private static final int MAX_WORD = 1000;

    private static final Pattern HEAD = Pattern.compile("([(<]|&lt;)+");
    private static final Pattern TAIL = Pattern.compile("([)>.,\\n]|&gt;)+$");

    private static final Pattern ADDRESS =
            Pattern.compile(
                    "((https?://|www\\.)(([\\w%-]+\\.)+)?([a-z]{2,63}|xn--[\\w%]{2,59})"
                            + "|([\\w%-]{2,63}\\.)+(com|net|int|edu|gov|org|info|mil)"
                            + "|(https?://)((\\d{1,3}(\\.\\d{1,3}){3})"
                            + "|(\\[([\\da-f]{0,4}:){2}([\\da-f]{0,4}:?){1,6}\\])))"
                            + "(?::\\d{1,5})?(?:[/?#]\\S*)?",
                    Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CHARACTER_CLASS);

    private static final Pattern MAIL =
            Pattern.compile("\\S+@\\w[\\w.-]*\\.\\w+", Pattern.UNICODE_CHARACTER_CLASS);

    private static final Pattern SCHEME =
            Pattern.compile("[\\w.+-]{2,}:/{0,2}", Pattern.UNICODE_CHARACTER_CLASS);

    private final int limit;
    private final String attributes;
    private final List<String> schemes;

    private Urlize(int limit, String attributes, List<String> schemes) {
        this.limit = limit;
        this.attributes = attributes;
        this.schemes = schemes;
    }

    static String apply(Budget budget, Object value, Arguments all) {
        @Nullable Object[] bound =
                all.bind("urlize", "trim_url_limit", "nofollow", "target", "rel", "extra_schemes");
        TreeSet<String> rel = new TreeSet<>(List.of("noopener"));
        if (isGiven(bound[3])) {
            Splitting.words(budget, TextMethods.string("urlize", bound[3]), Long.MAX_VALUE)
                    .forEach(word -> rel.add((String) word));
        }
        if (bound[1] != null && Types.truth(budget, bound[1])) {
            rel.add("nofollow");
        }
        String attributes = " rel=\"" + Markup.escapeText(budget, String.join(" ", rel)) + "\"";
        if (isGiven(bound[2])) {
            attributes += " target=\"" + Markup.escape(budget, bound[2]).text() + "\"";
        }
        List<String> schemes = new ArrayList<>();
        if (isGiven(bound[4])) {
            for (Object scheme : Iteration.list(budget, bound[4])) {
                String text = TextMethods.string("urlize", scheme);
                if (text.length() > MAX_WORD || !SCHEME.matcher(text).matches()) {
                    throw TemplateException.value("'urlize' was given no valid scheme");
                }
                schemes.add(text);
            }
        }
        int limit = isGiven(bound[0]) ? Indexes.size(bound[0]) : -1;
        String text = Markup.escape(budget, value).text();
        return new Urlize(limit, attributes, schemes).links(budget, text);
    }

    private static boolean isGiven(@Nullable Object value) {
        return value != null && value != None.NONE;
    }

    private String links(Budget budget, String text) {
        TextBuilder out = new TextBuilder(budget);
        for (int at = 0; at < text.length(); ) {
            int end = at;
            while (end < text.length() && !Characters.isSpace(text.charAt(end))) {
                end++;
            }
            String word = text.substring(at, end);
            budget.spend(word.length());
            out.append(word.length() > MAX_WORD ? word : link(word));
            at = Characters.skipSpace(text, end);
            out.append(text, end, at);
        }
        return out.toString();
    }

    private String link(String word) {
        String head = "";
        String middle = word;
        String tail = "";
        Matcher begin = HEAD.matcher(middle);
        if (begin.lookingAt()) {
            head = begin.group();
            middle = middle.substring(begin.end());
        }
        Matcher end = TAIL.matcher(middle);
        if (end.find()) {
            tail = end.group();
            middle = middle.substring(0, end.start());
        }
        for (String[] pair : new String[][] {{"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}}) {
            int open = count(middle, pair[0]);
            if (open <= count(middle, pair[1])) {
                continue;
            }
            for (int i = Math.min(open, count(tail, pair[1])); i > 0; i--) {
                int cut = tail.indexOf(pair[1]) + pair[1].length();
                middle += tail.substring(0, cut);
                tail = tail.substring(cut);
            }
        }
        return head + linked(middle) + tail;
    }

    private static int count(String text, String part) {
        int count = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }

    private String linked(String word) {
        if (ADDRESS.matcher(word).matches()) {
            boolean complete = word.startsWith("https://") || word.startsWith("http://");
            boolean cuts = limit >= 0 && word.codePointCount(0, word.length()) > limit;
            String shown =
                    cuts ? word.substring(0, word.offsetByCodePoints(0, limit)) + "..." : word;
            return "<a href=\"%s%s\"%s>%s</a>"
                    .formatted(complete ? "" : "https://", word, attributes, shown);
        }
        if (word.startsWith("mailto:") && MAIL.matcher(word.substring(7)).matches()) {
            return "<a href=\"%s\">%s</a>".formatted(word, word.substring(7));
        }
        boolean mail =
                word.contains("@")
                        && !word.startsWith("www.")
                        && !word.startsWith("@")
                        && !word.contains(":");
        if (mail && MAIL.matcher(word).matches()) {
            return "<a href=\"mailto:%s\">%s</a>".formatted(word, word);
        }
        for (String scheme : schemes) {
            if (!word.equals(scheme) && word.startsWith(scheme)) {
                return "<a href=\"%s\"%s>%s</a>".formatted(word, attributes, word);
            }
        }
        return word;
    }
}
