package io.step3.chat;

import java.util.Optional;

/**
 * The wish that an answer calls a tool: after its thought it cannot do anything else.
 *
 * @param tool which; empty for any
 */
public record ForcedCall(Optional<String> tool) {

    /** Of any tool. */
    public static final ForcedCall ANY = new ForcedCall(Optional.empty());

    /** Of a certain tool. */
    public static ForcedCall of(String name) {
        return new ForcedCall(Optional.of(name));
    }
}
