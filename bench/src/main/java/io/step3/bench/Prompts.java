package io.step3.bench;

import io.step3.chat.ChatRequest;
import io.step3.chat.ImageSource;
import io.step3.chat.SamplingOptions;
import io.step3.generate.Step3;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;

/** Requests of a wanted length, each unlike all others from its first word on: no cache helps. */
final class Prompts {

    private static final String WORDS = " Which of the three red circles is the largest?";
    private static final int SIDE = 728;

    private final Step3 step3;
    private final int tokensOfWords;
    private int count;

    Prompts(Step3 step3) {
        this.step3 = step3;
        tokensOfWords = Math.max(1, step3.tokenizer().encode(WORDS).length);
    }

    /** A request of about so many tokens that writes exactly so many. */
    ChatRequest text(int tokens, int written) {
        return ChatRequest.builder().user(words(tokens)).sampling(writing(written)).build();
    }

    private String words(int tokens) {
        String number = Integer.toString(count++);
        int left = tokens - step3.tokenizer().encode(number).length;
        return number + WORDS.repeat(Math.max(1, left / tokensOfWords));
    }

    /** A question about a picture of the size that the vision tower sees at once. */
    ChatRequest picture(int written) {
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, SIDE, SIDE);
        graphics.setColor(Color.RED);
        graphics.fillOval(50 + count % 400, 100, 200, 200);
        graphics.dispose();
        try {
            var bytes = new ByteArrayOutputStream();
            ImageIO.write(image, "png", bytes);
            return ChatRequest.builder()
                    .user(words(1), ImageSource.of(bytes.toByteArray(), "bench.png"))
                    .sampling(writing(written))
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SamplingOptions writing(int tokens) {
        return SamplingOptions.builder()
                .temperature(0.0)
                .minTokens(tokens)
                .maxTokens(tokens)
                .build();
    }
}
