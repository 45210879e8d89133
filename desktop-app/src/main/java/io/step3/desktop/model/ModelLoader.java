package io.step3.desktop.model;

import io.step3.model.LoadProgress;

/** Makes a model from a choice: {@link LocalModel#load}, or a test's own. */
@FunctionalInterface
public interface ModelLoader {

    /**
     * Loads, on the engine's thread.
     *
     * @throws RuntimeException if that is not possible; the message is for the person
     */
    ChatModel load(ModelChoice choice, LoadProgress progress);
}
