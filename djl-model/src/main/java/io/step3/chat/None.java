package io.step3.chat;

/**
 * Python's {@code None}, JSON's {@code null}, as a value of a template: Java's null is already what
 * Jinja calls undefined.
 */
enum None {
    NONE;

    @Override
    public String toString() {
        return "None";
    }
}
