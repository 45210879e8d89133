package io.step3.tests;

import io.step3.chat.ChatModel;
import io.step3.generate.Step3;
import io.step3.model.ModelOptions;
import io.step3.ops.BackendLoader;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;

/** The engine on the kernels in plain Java. */
class JavaChatModelTest extends ChatModelContract {

    private final BackendLoader.Choice choice = BackendLoader.load("java");

    @Override
    ChatModel open(Path checkpoint) {
        return Step3.load(checkpoint, ModelOptions.DEFAULT, choice.backend());
    }

    @AfterAll
    void closeKernels() {
        choice.close();
    }
}
