package io.step3.desktop.model;

import io.step3.chat.ChatModel;
import io.step3.generate.InspectableModel;
import io.step3.generate.Step3;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;

/** Makes a model from a choice: {@link #local}, or a test's own. */
@FunctionalInterface
public interface ModelLoader {

    /**
     * Loads, on the engine's thread.
     *
     * @throws RuntimeException if that is not possible; the message is for the person
     */
    ChatModel load(ModelChoice choice, LoadProgress progress);

    /**
     * Loads a checkpoint into this program's memory.
     *
     * @throws io.step3.checkpoint.CheckpointException if that is not possible, saying why
     */
    static InspectableModel local(ModelChoice choice, LoadProgress progress) {
        return Step3.load(choice.name(), choice.folder(), ModelOptions.DEFAULT, progress);
    }
}
