package io.step3.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.chat.ChatMessage;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.ImageSource;
import io.step3.chat.SamplingOptions;
import io.step3.image.InvalidImageException;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What pictures cost a conversation: each is decoded once, and there is a bound on all together.
 */
class ChatWithPicturesTest {
    private static final Path GOLDEN = Path.of(System.getProperty("step3.golden"));

    /** Strongly held, since the log forgets its loggers. */
    private final Logger log = Logger.getLogger("io.step3.image");

    private final List<String> decoded = Collections.synchronizedList(new ArrayList<>());
    private final List<String> walked = Collections.synchronizedList(new ArrayList<>());
    private final Handler recorder =
            new Handler() {
                @Override
                public void publish(LogRecord message) {
                    boolean header = message.getMessage().startsWith("reading the header");
                    (header ? walked : decoded).add((String) message.getParameters()[0]);
                }

                @Override
                public void flush() {}

                @Override
                public void close() {}
            };

    private Step3 step3;

    @BeforeEach
    void open() {
        log.setLevel(Level.FINE);
        recorder.setLevel(Level.FINE);
        log.addHandler(recorder);
        step3 =
                Step3.load(
                        GOLDEN.resolve("checkpoints/a"), ModelOptions.DEFAULT, LoadProgress.NONE);
    }

    @AfterEach
    void close() {
        log.removeHandler(recorder);
        log.setLevel(null);
        step3.close();
    }

    private ChatMessage answer(List<ChatMessage> conversation) {
        ChatRequest request =
                ChatRequest.builder()
                        .messages(conversation)
                        .sampling(SamplingOptions.builder().maxTokens(3).build())
                        .build();
        return ChatMessage.assistant(ChatResponse.of(step3.chat(request)).complete().answer());
    }

    @Test
    void threeTurnsReadTheHeaderOfEachPictureAndDecodeItOnce() throws IOException {
        Path first = GOLDEN.resolve("image/p300x200.png");
        Path second = GOLDEN.resolve("image/p56x56.png");
        List<ChatMessage> conversation = new ArrayList<>();
        conversation.add(ChatMessage.user("What is this?", named("first", first)));
        conversation.add(answer(conversation));
        assertEquals(List.of("first"), decoded);
        // Every turn reads its pictures anew, as a window or a server does.
        conversation.set(0, ChatMessage.user("What is this?", named("first again", first)));
        conversation.add(ChatMessage.user("And this?", named("second", second)));
        conversation.add(answer(conversation));
        assertEquals(List.of("first", "second"), decoded);
        conversation.add(ChatMessage.user("Are they alike?"));
        conversation.add(answer(conversation));
        assertEquals(List.of("first", "second"), decoded);
        assertEquals(List.of("first", "second"), walked);
    }

    @Test
    void anotherPictureInTheSamePlaceIsDecoded() throws IOException {
        Path file = GOLDEN.resolve("image/p56x56.png");
        answer(List.of(ChatMessage.user("What is this?", named("one", file))));
        byte[] white = white(56, 56);
        answer(List.of(ChatMessage.user("What is this?", ImageSource.of(white, "other"))));
        assertEquals(List.of("one", "other"), decoded);
    }

    @Test
    void aDamagedPictureIsToldBeforeTheAnswerBegins() throws IOException {
        byte[] png = Files.readAllBytes(GOLDEN.resolve("image/p56x56.png"));
        ImageSource damaged = ImageSource.of(Arrays.copyOf(png, png.length / 2), "cut.png");
        ChatRequest request = ChatRequest.user("What is this?", damaged);
        var refused = assertThrows(InvalidImageException.class, () -> step3.chat(request));
        assertTrue(refused.getMessage().startsWith("cut.png "), refused.getMessage());
    }

    @Test
    void tooManyPicturesAreRefusedFromTheirNumberBytesAndSizes() throws IOException {
        ImageSource small = ImageSource.of(white(1, 1), "small");
        refused("51 pictures, more than the 50", Collections.nCopies(51, small));
        ImageSource heavy = ImageSource.of(new byte[40 << 20], "heavy");
        refused("280 MiB together, more than the 256", Collections.nCopies(7, heavy));
        ImageSource large = ImageSource.of(white(6000, 5000), "large");
        refused("1230 megapixels together, more than the 1200", Collections.nCopies(41, large));
        assertEquals(List.of(), decoded);
    }

    private void refused(String words, List<ImageSource> pictures) {
        var refused =
                assertThrows(IllegalArgumentException.class, () -> step3.prompts().plan(pictures));
        assertTrue(refused.getMessage().contains(words), refused.getMessage());
    }

    private static ImageSource named(String name, Path file) throws IOException {
        return ImageSource.of(Files.readAllBytes(file), name);
    }

    private static byte[] white(int width, int height) throws IOException {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_BINARY);
        var out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }
}
