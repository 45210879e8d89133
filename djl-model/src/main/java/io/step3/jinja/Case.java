package io.step3.jinja;

import java.util.Locale;

/** Upper, lower and title case, as Python's {@code str} has them. */
final class Case {

    private Case() {}

    /** A text in another case, named as the method of {@code str} is. */
    static String change(Budget budget, String text, String method) {
        budget.write(3L * text.length());
        return switch (method) {
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "casefold" -> {
                StringBuilder folded = new StringBuilder(text.length());
                text.codePoints().forEach(c -> folded.append(Characters.fold(c)));
                yield folded.toString();
            }
            case "swapcase" -> swapped(text);
            case "capitalize" -> {
                if (text.isEmpty()) {
                    yield text;
                }
                int first = text.codePointAt(0);
                // In lower case as a whole: how a letter is written may hang on those before.
                String lower = text.toLowerCase(Locale.ROOT);
                yield Characters.title(first) + lower.substring(Characters.lower(first).length());
            }
            default -> title(text);
        };
    }

    private static String swapped(String text) {
        StringBuilder swapped = new StringBuilder(text.length());
        String lower = text.toLowerCase(Locale.ROOT);
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            int end = i + Character.charCount(c);
            if (Character.isUpperCase(c)) {
                // As part of the whole: a Greek sigma is another at the end of a word.
                boolean placed = lower.length() == text.length();
                swapped.append(placed ? lower.substring(i, end) : Characters.lower(c));
            } else {
                swapped.append(
                        Character.isLowerCase(c) ? Characters.upper(c) : Character.toString(c));
            }
            i = end;
        }
        return swapped.toString();
    }

    /** Every letter that follows no letter as the first of a word. */
    private static String title(String text) {
        StringBuilder title = new StringBuilder(text.length());
        String lower = text.toLowerCase(Locale.ROOT);
        boolean sameLength = lower.length() == text.length();
        boolean inWord = false;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            int end = i + Character.charCount(c);
            if (!inWord) {
                title.append(Characters.title(c));
            } else if (sameLength) {
                title.append(lower, i, end);
            } else {
                title.append(Characters.lower(c));
            }
            inWord = Characters.isCased(c);
            i = end;
        }
        return title.toString();
    }

    /** {@code islower}, {@code isupper} and {@code istitle}. */
    static boolean is(String text, String method) {
        boolean cased = false;
        boolean inWord = false;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            boolean upper = Character.isUpperCase(c) || Character.isTitleCase(c);
            boolean lower = Character.isLowerCase(c);
            boolean fits =
                    switch (method) {
                        case "islower" -> !upper;
                        case "isupper" -> !lower && !Character.isTitleCase(c);
                        default -> upper ? !inWord : !lower || inWord;
                    };
            if (!fits) {
                return false;
            }
            cased |= upper || lower;
            inWord = upper || lower;
        }
        return cased;
    }
}
