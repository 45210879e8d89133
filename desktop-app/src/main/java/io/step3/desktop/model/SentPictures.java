package io.step3.desktop.model;

import io.step3.chat.ImageSource;
import io.step3.desktop.store.Attachments;
import io.step3.desktop.store.Part;
import io.step3.image.ImageDecoder;
import io.step3.image.ImagePlan;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Pictures as they are sent to a model. Every turn of a conversation sends all of them again: those
 * that were sent last are kept as they are, with what an {@link ImageSource} has found out about
 * its bytes, and are not read and hashed once more.
 */
final class SentPictures {

    /** Bytes of files that are kept: some dozens of photographs. */
    static final long MOST_BYTES = 64L << 20;

    /**
     * A picture with how the model will cut it.
     *
     * @param plan as the file's header tells it
     */
    record Sent(ImageSource source, ImagePlan plan) {}

    private final Attachments attachments;
    private final long mostBytes;
    private final ImageDecoder decoder = new ImageDecoder();

    /** The longest unused first. */
    private final Map<Part.Image, Sent> kept = new LinkedHashMap<>(16, 0.75f, true);

    private long bytes;

    SentPictures(Attachments attachments, long mostBytes) {
        this.attachments = attachments;
        this.mostBytes = mostBytes;
    }

    /**
     * A picture of a message; waits for the disk where it is not kept.
     *
     * @throws java.util.concurrent.CompletionException if its file is lost
     * @throws io.step3.image.InvalidImageException if it is none that can be decoded
     */
    Sent get(Part.Image part) {
        synchronized (kept) {
            Sent known = kept.get(part);
            if (known != null) {
                return known;
            }
        }
        byte[] file = attachments.bytes(part.sha256()).join();
        // The header tells how it is cut; the engine decodes what it has not seen yet.
        Sent sent = new Sent(ImageSource.of(file, part.name()), decoder.plan(file, part.name()));
        synchronized (kept) {
            if (kept.put(part, sent) == null) {
                bytes += sent.source().size();
            }
            Iterator<Sent> oldest = kept.values().iterator();
            while (bytes > mostBytes) {
                bytes -= oldest.next().source().size();
                oldest.remove();
            }
        }
        return sent;
    }
}
