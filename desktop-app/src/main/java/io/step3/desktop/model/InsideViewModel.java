package io.step3.desktop.model;

import javafx.beans.property.BooleanProperty;
import javafx.beans.property.SimpleBooleanProperty;

/** The panel that looks into the network. The view asks for a {@link #snapshot} once a frame. */
public final class InsideViewModel {

    private final RoutingRecorder recorder = new RoutingRecorder();
    private final BooleanProperty open = new SimpleBooleanProperty();

    InsideViewModel() {
        open.subscribe(recorder::setOpen);
    }

    /** Whether anybody looks; nothing is recorded while not. */
    public BooleanProperty openProperty() {
        return open;
    }

    /** What was seen so far of the latest answer. */
    public InsideSnapshot snapshot() {
        return recorder.snapshot();
    }

    /**
     * Where attention looked before a token of the latest answer was written.
     *
     * @param number of the token, counted from 0; one that is not known stands for the newest
     */
    public AttentionSnapshot attention(int number) {
        return recorder.attention().snapshot(number);
    }

    /** Watches another layer's attention, from the next token on. */
    public void watchLayer(int layer) {
        recorder.attention().watch(layer);
    }

    RoutingRecorder recorder() {
        return recorder;
    }
}
