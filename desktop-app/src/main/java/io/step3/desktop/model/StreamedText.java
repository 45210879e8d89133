package io.step3.desktop.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A text that grows. Whoever shows it hears of each piece and never reads the whole again. */
public final class StreamedText {

    private final StringBuilder text;
    private final List<Consumer<String>> listeners = new ArrayList<>();

    StreamedText(String start) {
        text = new StringBuilder(start);
    }

    /** What there is. */
    public String text() {
        return text.toString();
    }

    /** Characters there are. */
    public int length() {
        return text.length();
    }

    /** Has each further piece told. Run the result to hear no more. */
    public Runnable listen(Consumer<String> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    void append(String piece) {
        text.append(piece);
        List.copyOf(listeners).forEach(listener -> listener.accept(piece));
    }
}
