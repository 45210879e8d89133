package io.step3.training.tokenizer;

import io.step3.chat.ByteAlphabet;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Cuts text into the pieces within which tokens are merged: the rules of the published tokenizer,
 * but for digits, which stand alone here so that a small model can calculate with them.
 */
final class PreTokenizer {

    /** The rules, each applied to what the ones before left. */
    static final List<String> PATTERNS =
            List.of(
                    "\\p{N}",
                    "[一-龥぀-ゟ゠-ヿ]+",
                    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
                            + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
                            + "| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+");

    private static final List<Pattern> COMPILED =
            PATTERNS.stream()
                    .map(pattern -> Pattern.compile(pattern, Pattern.UNICODE_CHARACTER_CLASS))
                    .toList();

    private PreTokenizer() {}

    /** The pieces of a text. */
    static List<String> pieces(String text) {
        List<String> pieces = List.of(text);
        for (Pattern pattern : COMPILED) {
            var cut = new ArrayList<String>();
            for (String piece : pieces) {
                Matcher matcher = pattern.matcher(piece);
                int at = 0;
                while (matcher.find()) {
                    if (matcher.end() == matcher.start()) {
                        continue;
                    }
                    if (matcher.start() > at) {
                        cut.add(piece.substring(at, matcher.start()));
                    }
                    cut.add(matcher.group());
                    at = matcher.end();
                }
                if (at < piece.length()) {
                    cut.add(piece.substring(at));
                }
            }
            pieces = cut;
        }
        return pieces;
    }

    /** A piece's bytes, each written as a printable letter. */
    static String letters(String piece) {
        byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
        var letters = new StringBuilder(bytes.length);
        for (byte b : bytes) {
            letters.append(ByteAlphabet.letter(b));
        }
        return letters.toString();
    }

    /**
     * The letters of all bytes in the order of their code points, the order in which they are
     * numbered.
     */
    static List<String> alphabet() {
        return IntStream.range(0, 256)
                .map(b -> ByteAlphabet.letter((byte) b))
                .sorted()
                .mapToObj(Character::toString)
                .toList();
    }
}
