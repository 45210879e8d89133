package io.step3.desktop.model;

import io.step3.model.Stage;

/** Adds up what the engine says of its time: the prompt apart from the tokens after it. */
final class StageClock {

    private final long[] reading = new long[Stage.values().length];
    private final long[] writing = new long[Stage.values().length];
    private boolean inPrompt = true;
    private long written;
    private long sampled;

    /** A pass begins. */
    void pass(boolean ofPrompt) {
        inPrompt = ofPrompt;
        written += ofPrompt ? 0 : 1;
    }

    void spent(Stage stage, long nanoseconds) {
        (inPrompt ? reading : writing)[stage.ordinal()] += nanoseconds;
        sampled += stage == Stage.SAMPLING ? 1 : 0;
    }

    StageTimes times() {
        return new StageTimes(
                reading[Stage.VISION.ordinal()],
                reading[Stage.ATTENTION.ordinal()]
                        + reading[Stage.EXPERTS.ordinal()]
                        + reading[Stage.HEAD.ordinal()],
                written,
                writing[Stage.ATTENTION.ordinal()],
                writing[Stage.EXPERTS.ordinal()],
                writing[Stage.HEAD.ordinal()],
                sampled,
                reading[Stage.SAMPLING.ordinal()] + writing[Stage.SAMPLING.ordinal()]);
    }
}
