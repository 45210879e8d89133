package io.step3.chat;

import java.util.List;
import java.util.Objects;

/**
 * How probable a written token was.
 *
 * @param token the token's text; a part of a character shows as U+FFFD
 * @param logprob natural logarithm of its probability
 * @param alternatives the most probable tokens of that place, best first, each without alternatives
 *     of its own; empty unless asked for
 */
public record TokenLogprob(String token, double logprob, List<TokenLogprob> alternatives) {
    public TokenLogprob {
        Objects.requireNonNull(token, "token");
        alternatives = List.copyOf(alternatives);
    }
}
