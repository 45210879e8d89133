package io.step3.desktop.model;

import java.util.Optional;

/**
 * Something the person is told at the top of the window.
 *
 * @param kind notices of one kind replace each other; {@link Kind#GENERAL} ones add up
 * @param action what can be done about it
 */
public record Notice(Kind kind, Level level, String text, Optional<Action> action) {

    /** What it is about. */
    public enum Kind {
        GENERAL,
        SAVING,
        CONTEXT,
        UNDO
    }

    /** How bad it is. */
    public enum Level {
        INFO,
        WARNING,
        ERROR
    }

    /** A button. */
    public record Action(String label, Runnable run) {}
}
