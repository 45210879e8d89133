package io.step3.desktop.model;

import io.step3.desktop.store.Attachments;
import io.step3.desktop.store.Part;
import io.step3.image.ImageDecoder;
import io.step3.image.RgbImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * The one way in for pictures, whether dropped, pasted, chosen or cut from the screen: the bytes
 * are looked at, decoded, turned upright and kept as they came.
 */
public final class Pictures {

    /** Longer side of a preview in pixels. */
    static final int PREVIEW = 1024;

    private static final int REMEMBERED = 32;

    private final Attachments attachments;
    private final Executor background;
    private final ImageDecoder decoder = new ImageDecoder();

    private final Map<String, Picture> known =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Picture> eldest) {
                    return size() > REMEMBERED;
                }
            };

    Pictures(Attachments attachments, Executor background) {
        this.attachments = attachments;
        this.background = background;
    }

    /**
     * Takes a file in. Fails with a message for the person if it is no picture that can be used.
     */
    public CompletableFuture<Picture> take(Path file) {
        return CompletableFuture.supplyAsync(() -> read(file), background)
                .thenCompose(bytes -> take(bytes, file.getFileName().toString()));
    }

    private static byte[] read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            // One byte more than is allowed, so that a larger file is refused and not cut.
            return in.readNBytes(Attachments.SIZE_LIMIT + 1);
        } catch (IOException e) {
            throw new java.util.concurrent.CompletionException(e);
        }
    }

    /** Takes bytes in, from the clipboard or the screen. */
    public CompletableFuture<Picture> take(byte[] bytes, String name) {
        return CompletableFuture.supplyAsync(() -> decoder.decode(bytes, name), background)
                .thenCompose(
                        image ->
                                attachments
                                        .put(bytes, mediaType(bytes), image.width(), image.height())
                                        .thenApply(
                                                kept ->
                                                        remember(
                                                                picture(
                                                                        kept.sha256(),
                                                                        name,
                                                                        image))));
    }

    /** A picture of a message. */
    public CompletableFuture<Picture> load(Part.Image part) {
        synchronized (known) {
            Picture picture = known.get(part.sha256());
            if (picture != null) {
                return CompletableFuture.completedFuture(picture);
            }
        }
        return attachments
                .bytes(part.sha256())
                .thenApplyAsync(
                        bytes ->
                                remember(
                                        picture(
                                                part.sha256(),
                                                part.name(),
                                                decoder.decode(bytes, part.name()))),
                        background);
    }

    private Picture remember(Picture picture) {
        synchronized (known) {
            known.put(picture.sha256(), picture);
        }
        return picture;
    }

    private static Picture picture(String sha256, String name, RgbImage image) {
        return new Picture(sha256, name, image.width(), image.height(), preview(image));
    }

    /** Made smaller by whole numbers, each pixel the mean of a square. */
    static RgbImage preview(RgbImage image) {
        int factor = Math.ceilDiv(Math.max(image.width(), image.height()), PREVIEW);
        if (factor == 1) {
            return image;
        }
        int width = Math.max(1, image.width() / factor);
        int height = Math.max(1, image.height() / factor);
        byte[] small = new byte[3 * width * height];
        byte[] rgb = image.rgb();
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                for (int channel = 0; channel < 3; channel++) {
                    int sum = 0;
                    int count = 0;
                    for (int dy = 0; dy < factor && y * factor + dy < image.height(); dy++) {
                        int row = (y * factor + dy) * image.width();
                        for (int dx = 0; dx < factor && x * factor + dx < image.width(); dx++) {
                            sum += rgb[3 * (row + x * factor + dx) + channel] & 0xff;
                            count++;
                        }
                    }
                    small[3 * (y * width + x) + channel] = (byte) (sum / count);
                }
            }
        }
        return new RgbImage(width, height, small);
    }

    /** The type that the first bytes tell; the decoder has accepted them already. */
    static String mediaType(byte[] bytes) {
        String start =
                new String(bytes, 0, Math.min(bytes.length, 12), StandardCharsets.ISO_8859_1);
        if (start.startsWith("\211PNG")) {
            return "image/png";
        }
        if (start.startsWith("\377\330")) {
            return "image/jpeg";
        }
        if (start.startsWith("GIF8")) {
            return "image/gif";
        }
        if (start.startsWith("BM")) {
            return "image/bmp";
        }
        if (start.startsWith("RIFF")) {
            return "image/webp";
        }
        throw new IllegalArgumentException("the picture has an unknown format");
    }
}
