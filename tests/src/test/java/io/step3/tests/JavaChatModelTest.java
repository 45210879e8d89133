package io.step3.tests;

import io.step3.chat.ChatModel;
import io.step3.generate.Step3;
import io.step3.model.ModelOptions;
import io.step3.ops.KernelLoader;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;

/** The engine on the kernels in plain Java. */
class JavaChatModelTest extends ChatModelContract {

    private final KernelLoader.Choice kernels = KernelLoader.load("java");

    @Override
    ChatModel open(Path checkpoint) {
        return Step3.load(checkpoint, ModelOptions.DEFAULT, kernels.kernels());
    }

    @AfterAll
    void closeKernels() {
        kernels.close();
    }
}
