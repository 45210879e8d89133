package io.step3.desktop.render;

/** Opens a link the reader clicked; asks before it does, if the program wants that. */
@FunctionalInterface
public interface LinkOpener {

    /**
     * Called on the FX thread.
     *
     * @param target an http, https or mailto address
     */
    void open(String target);
}
