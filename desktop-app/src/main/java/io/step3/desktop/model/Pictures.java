package io.step3.desktop.model;

import io.step3.desktop.store.Attachments;
import io.step3.desktop.store.Part;
import io.step3.image.ImageDecoder;
import io.step3.image.PictureFormat;
import io.step3.image.RgbImage;
import io.step3.image.Size;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * The one way in for pictures, whether dropped, pasted, chosen or cut from the screen: the bytes
 * are looked at, decoded, turned upright and kept as they came.
 */
public final class Pictures {

    /** Longer side of a thumbnail in pixels: twice what it takes on a screen of usual density. */
    static final int THUMBNAIL = 300;

    /** Longer side of a picture that is looked at. */
    static final int LARGE = 1024;

    /** Thumbnails that are kept: at most a quarter of a megabyte each. */
    private static final int REMEMBERED = 64;

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
        return take(() -> read(file), file.getFileName().toString());
    }

    private static byte[] read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            // One byte more than is allowed, so that a larger file is refused and not cut.
            return in.readNBytes(Attachments.SIZE_LIMIT + 1);
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    /** Takes bytes in, from the clipboard or the screen; they are made in the background. */
    public CompletableFuture<Picture> take(Supplier<byte[]> source, String name) {
        return CompletableFuture.supplyAsync(() -> taken(source.get(), name), background)
                .thenCompose(
                        taken ->
                                attachments
                                        .put(
                                                taken.bytes(),
                                                mediaType(taken.bytes()),
                                                taken.size().width(),
                                                taken.size().height())
                                        .thenApply(
                                                kept ->
                                                        remember(
                                                                picture(
                                                                        kept.sha256(),
                                                                        name,
                                                                        taken.size(),
                                                                        taken.preview()))));
    }

    private record Taken(byte[] bytes, Size size, RgbImage preview) {}

    /** The whole is decoded, though small: so a damaged picture is refused now. */
    private Taken taken(byte[] bytes, String name) {
        Size size = decoder.plan(bytes, name).size();
        return new Taken(bytes, size, decoder.decode(bytes, name, THUMBNAIL));
    }

    /** A picture of a message, as a thumbnail. */
    public CompletableFuture<Picture> load(Part.Image part) {
        synchronized (known) {
            Picture picture = known.get(part.sha256());
            if (picture != null) {
                return CompletableFuture.completedFuture(picture);
            }
        }
        return read(part, THUMBNAIL).thenApply(this::remember);
    }

    /** A picture with a preview that is large enough to be looked at; it is not remembered. */
    public CompletableFuture<Picture> large(Part.Image part) {
        return read(part, LARGE);
    }

    private CompletableFuture<Picture> read(Part.Image part, int longest) {
        return attachments
                .bytes(part.sha256())
                .thenApplyAsync(
                        bytes ->
                                picture(
                                        part.sha256(),
                                        part.name(),
                                        decoder.plan(bytes, part.name()).size(),
                                        decoder.decode(bytes, part.name(), longest)),
                        background);
    }

    private Picture remember(Picture picture) {
        synchronized (known) {
            known.put(picture.sha256(), picture);
        }
        return picture;
    }

    private static Picture picture(String sha256, String name, Size size, RgbImage preview) {
        return new Picture(sha256, name, size.width(), size.height(), preview);
    }

    /** The type that the first bytes tell; the decoder has accepted them already. */
    static String mediaType(byte[] bytes) {
        return PictureFormat.of(ByteBuffer.wrap(bytes))
                .map(PictureFormat::mediaType)
                .orElseThrow(
                        () -> new IllegalArgumentException("the picture has an unknown format"));
    }
}
