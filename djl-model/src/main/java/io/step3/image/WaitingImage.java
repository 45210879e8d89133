package io.step3.image;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A picture file that was planned and is decoded when it is needed. Threads may share it. */
final class WaitingImage implements PlannedImage {
    private final ImageProcessor processor;
    private final ImageDecoder decoder;
    private final ByteBuffer file;
    private final String name;
    private final ImagePlan plan;
    private final long fingerprint;

    /** Decoded and not given away yet. */
    private @Nullable ProcessedImage ready;

    WaitingImage(
            ImageProcessor processor,
            ImageDecoder decoder,
            ByteBuffer file,
            String name,
            long fingerprint,
            ImagePlan plan) {
        this.processor = processor;
        this.decoder = decoder;
        this.file = file;
        this.name = name;
        this.fingerprint = fingerprint;
        this.plan = plan;
    }

    @Override
    public ImagePlan plan() {
        return plan;
    }

    @Override
    public long fingerprint() {
        return fingerprint;
    }

    @Override
    public synchronized void prepare() {
        if (ready == null) {
            ready = processor.process(plan, decoder.base(file, name));
        }
    }

    @Override
    public synchronized ProcessedImage pixels() {
        prepare();
        ProcessedImage pixels = ready;
        ready = null;
        return pixels;
    }
}
