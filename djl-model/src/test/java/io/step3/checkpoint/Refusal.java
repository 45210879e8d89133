package io.step3.checkpoint;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.function.Executable;

/** What every refusal has in common: its type, and one sentence that names what is wrong. */
final class Refusal {

    private Refusal() {}

    static void of(Executable action, Object... named) {
        String message = assertThrows(CheckpointException.class, action).getMessage();
        for (Object name : named) {
            assertTrue(message.contains(name.toString()), () -> name + " in: " + message);
        }
        assertFalse(message.contains("\n"), message);
        assertTrue(message.length() < 1000, message);
    }
}
