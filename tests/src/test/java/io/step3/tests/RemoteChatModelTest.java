package io.step3.tests;

import io.step3.chat.ChatModel;
import io.step3.generate.Step3;
import io.step3.remote.RemoteAddress;
import io.step3.remote.RemoteModel;
import io.step3.server.ChatServer;
import io.step3.server.ServerOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;

/** A model on the far side of HTTP: this project's own server, and the engine behind it. */
class RemoteChatModelTest extends ChatModelContract {

    private Step3 served;
    private ChatServer server;

    @Override
    ChatModel open(Path checkpoint) throws IOException {
        if (server == null) {
            served = Step3.load(checkpoint);
            server =
                    ChatServer.start(
                            served,
                            ServerOptions.DEFAULT.at(InetAddress.getLoopbackAddress(), 0),
                            line -> {});
        }
        return RemoteModel.open(
                RemoteAddress.parse("openai://127.0.0.1:" + server.address().getPort()),
                Optional.empty());
    }

    @AfterAll
    void stop() {
        server.close();
        served.close();
    }
}
