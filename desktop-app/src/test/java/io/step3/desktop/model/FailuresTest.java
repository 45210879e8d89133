package io.step3.desktop.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.chat.ContextOverflowException;
import io.step3.chat.ModelClosedException;
import io.step3.checkpoint.Hold;
import io.step3.checkpoint.LostCheckpointException;
import io.step3.desktop.store.Store;
import io.step3.desktop.store.StoreException;
import io.step3.generate.Step3;
import io.step3.image.ImageDecoder;
import io.step3.image.ImageLimits;
import io.step3.image.InvalidImageException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong is said in the language of the window. */
class FailuresTest {

    private static final Words CHINESE = new Words(Language.CHINESE);
    private static final Words ENGLISH = new Words(Language.ENGLISH);

    @TempDir Path folder;

    @Test
    void everyFailureIsAChineseSentenceInAChineseWindow() throws Exception {
        Files.writeString(folder.resolve("diary.txt"), "mine");
        List<Throwable> failures =
                List.of(
                        assertThrows(StoreException.class, () -> Store.open(folder)),
                        assertThrows(
                                InvalidImageException.class,
                                () -> new ImageDecoder().decode(new byte[] {1, 2, 3}, "a.png")),
                        new CompletionException(new NoSuchFileException("/a")),
                        new IOException("the index lists a shard that is not there"),
                        new IllegalArgumentException("topP must be above 0"),
                        new IllegalStateException("closed"),
                        new StackOverflowError(),
                        new OutOfMemoryError());
        for (Throwable failure : failures) {
            String said = Failures.sentence(failure, CHINESE);
            assertTrue(
                    said.codePoints()
                            .limit(40)
                            .anyMatch(
                                    c ->
                                            Character.UnicodeScript.of(c)
                                                    == Character.UnicodeScript.HAN),
                    said);
        }
        var foreign = (StoreException.Foreign) failures.getFirst();
        assertEquals(foreign.getMessage(), Failures.sentence(foreign, ENGLISH));
        assertTrue(Failures.sentence(foreign, CHINESE).contains(folder.toString()));
    }

    private static byte[] png(int width, int height) throws IOException {
        var bytes = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY), "png", bytes);
        return bytes.toByteArray();
    }

    private static InvalidImageException refused(ImageLimits limits, byte[] file) {
        return assertThrows(
                InvalidImageException.class, () -> new ImageDecoder(limits).decode(file, "a.png"));
    }

    @Test
    void whatPeopleMeetMostIsSaidInTheWindowsOwnWordsAlone() throws Exception {
        var few = new ImageLimits(1000, 3000, 10);
        Map<String, Throwable> failures =
                Map.of(
                        "a.png 是空文件：请换一张图片。",
                        refused(few, new byte[0]),
                        "a.png 有 1,001 字节，超过了允许的 1,000 字节：请存得小一些。",
                        refused(few, new byte[1001]),
                        "a.png 有 70 × 50 像素，超过了 PNG 文件允许的 0 百万像素：请缩小后再试。",
                        refused(few, png(70, 50)),
                        "a.png 有 40,000 × 32 像素，过于狭长：请裁成几张，分别发送。",
                        refused(ImageLimits.DEFAULT, png(40_000, 32)),
                        "无法读取 a.png：文件已损坏，或不是 PNG、JPEG、GIF、BMP、WebP 图片。请重新保存为其中一种，或换一张图片。",
                        refused(few, new byte[] {1, 2, 3}),
                        "对话需要 9 个词元，而模型的上下文只能容纳 4 个：请略去最早的对话，或开始新对话。",
                        new ContextOverflowException(9, 4),
                        "模型已关闭：请重新加载，或另选一个。",
                        new ModelClosedException());
        failures.forEach(
                (sentence, failure) -> {
                    assertEquals(sentence, Failures.sentence(failure, CHINESE));
                    String english = Failures.sentence(failure, ENGLISH);
                    assertTrue(english.contains(": "), "what to do: " + english);
                    assertFalse(english.contains("{"), english);
                });
    }

    @Test
    void aCheckpointThatIsLostInUseIsSaidWithItsFolder() throws Exception {
        Path golden = Path.of(System.getProperty("step3.golden"), "checkpoints/b");
        Path copy = Files.createDirectory(folder.resolve("model"));
        try (Stream<Path> files = Files.list(golden)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        try (Step3 step3 = Step3.load(copy);
                Hold hold = step3.model().checkpoint().hold(step3.model().backends().cpu())) {
            Path weights;
            try (Stream<Path> files = Files.list(copy)) {
                weights =
                        files.filter(f -> f.toString().endsWith(".safetensors")).findFirst().get();
            }
            Files.write(weights, new byte[] {0}, StandardOpenOption.APPEND);
            var failure = assertThrows(LostCheckpointException.class, hold::requireUnchanged);
            assertEquals(
                    copy + " 中的模型文件在使用中丢失或被改动：请恢复这些文件，然后重新加载模型。",
                    Failures.sentence(failure, CHINESE));
        }
    }
}
