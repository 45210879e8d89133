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

    RoutingRecorder recorder() {
        return recorder;
    }
}
