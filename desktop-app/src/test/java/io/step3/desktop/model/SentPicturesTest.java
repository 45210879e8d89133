package io.step3.desktop.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.step3.desktop.store.Part;
import io.step3.desktop.store.Store;
import io.step3.desktop.store.StoreException;
import io.step3.image.Size;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures that every turn sends again. */
class SentPicturesTest {

    @TempDir Path folder;

    private Store store;

    @BeforeEach
    void open() throws Exception {
        store = Store.open(folder);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private Part.Image put(int width, int height) throws IOException {
        var out = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), "png", out);
        var kept = store.attachments().put(out.toByteArray(), "image/png", width, height).join();
        return new Part.Image(kept.sha256(), width + ".png");
    }

    private void loseFiles() throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve("attachments"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void aPictureIsReadOnceForAllTurnsAndKeepsWhatItKnowsOfItself() throws IOException {
        var pictures = new SentPictures(store.attachments(), SentPictures.MOST_BYTES);
        Part.Image part = put(70, 50);
        SentPictures.Sent first = pictures.get(part);
        assertEquals(new Size(70, 50), first.plan().size());
        assertEquals("70.png", first.source().name());
        loseFiles();
        assertSame(first, pictures.get(part));
        // The same bytes under another name are called by that name.
        var renamed = new Part.Image(part.sha256(), "other.png");
        var lost = assertThrows(CompletionException.class, () -> pictures.get(renamed));
        assertInstanceOf(StoreException.PictureLost.class, lost.getCause());
    }

    @Test
    void thoseThatWereNotSentForLongestGoFirst() throws IOException {
        Part.Image[] parts = {put(40, 40), put(41, 41), put(42, 42)};
        long size = new SentPictures(store.attachments(), 0).get(parts[0]).source().size();
        var pictures = new SentPictures(store.attachments(), 2 * size + size / 2);
        SentPictures.Sent first = pictures.get(parts[0]);
        SentPictures.Sent second = pictures.get(parts[1]);
        assertSame(first, pictures.get(parts[0]));
        SentPictures.Sent third = pictures.get(parts[2]);
        assertSame(first, pictures.get(parts[0]));
        assertSame(third, pictures.get(parts[2]));
        assertNotSame(second, pictures.get(parts[1]));
    }

    @Test
    void oneThatIsLargerThanAllThatIsKeptIsReadAnew() throws IOException {
        var pictures = new SentPictures(store.attachments(), 10);
        Part.Image part = put(70, 50);
        assertEquals(pictures.get(part).source(), pictures.get(part).source());
        assertNotSame(pictures.get(part), pictures.get(part));
    }
}
