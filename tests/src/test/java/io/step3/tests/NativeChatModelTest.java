package io.step3.tests;

import io.step3.chat.ChatModel;
import io.step3.generate.Step3;
import java.nio.file.Path;

/** The engine as it is loaded, on the best kernels of this machine. */
class NativeChatModelTest extends ChatModelContract {

    @Override
    ChatModel open(Path checkpoint) {
        return Step3.load(checkpoint);
    }
}
