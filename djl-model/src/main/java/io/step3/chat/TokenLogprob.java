package io.step3.chat;

import java.util.List;
import java.util.Objects;

/**
 * How probable a written token was.
 *
 * @param token the token's text; a part of a character shows as U+FFFD
 * @param logprob natural logarithm of its probability
 * @param bytes the token's UTF-8, each from 0 to 255, for characters that several tokens make up;
 *     empty where it is not known
 * @param alternatives the most probable tokens of that place, best first, each without alternatives
 *     of its own; empty unless asked for
 */
public record TokenLogprob(
        String token, double logprob, List<Integer> bytes, List<TokenLogprob> alternatives) {
    public TokenLogprob {
        Objects.requireNonNull(token, "token");
        bytes = List.copyOf(bytes);
        alternatives = List.copyOf(alternatives);
    }

    /** A token whose bytes are not known. */
    public TokenLogprob(String token, double logprob, List<TokenLogprob> alternatives) {
        this(token, logprob, List.of(), alternatives);
    }
}
