package io.step3.model;

import io.step3.checkpoint.TextConfig;
import io.step3.ops.Weight;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** The decoder: embeddings, layers, final norm and head. Immutable; shared by all sequences. */
record TextModel(
        TextConfig config,
        Weight embedding,
        List<DecoderLayer> layers,
        Weight norm,
        Linear head,
        MemorySegment inverseFrequencies) {

    /** Computes a pass, and hands its logits to those who want them. */
    void forward(Pass pass) {
        Workspace work = pass.work();
        embed(pass, work.hidden);
        for (DecoderLayer layer : layers) {
            layer.forward(pass, work.hidden);
        }
        long began = System.nanoTime();
        logits(pass, work.hidden, work.logits);
        pass.spent(Stage.HEAD, began);
    }

    private void embed(Pass pass, MemorySegment hidden) {
        Workspace work = pass.work();
        int width = config.hiddenSize();
        int token = 0;
        for (Span span : pass.spans()) {
            for (int i = 0; i < span.count(); i++) {
                work.tokens.setAtIndex(ValueLayout.JAVA_INT, token++, span.token(i));
            }
        }
        pass.kernels().embed(hidden, embedding, work.tokens, pass.tokens());
        int row = 0;
        for (Span span : pass.spans()) {
            MemorySegment rows = Pass.rows(hidden, row, span, width);
            if (span.features() != null) {
                span.features().place(rows, span);
            }
            if (span.isWatched()) {
                span.observer().embedded(span.position(), span.count(), rows);
            }
            row += span.count();
        }
    }

    /**
     * The head sees the rows that want logits, and no others.
     *
     * @param logits {@code [those rows, vocabulary]}
     */
    private void logits(Pass pass, MemorySegment hidden, MemorySegment logits) {
        Workspace work = pass.work();
        long rowBytes = (long) config.hiddenSize() * Float.BYTES;
        int rows = 0;
        int end = 0;
        for (Span span : pass.spans()) {
            int wanted = span.logitRows();
            end += span.count();
            MemorySegment.copy(
                    hidden,
                    (end - wanted) * rowBytes,
                    work.branch,
                    rows * rowBytes,
                    wanted * rowBytes);
            rows += wanted;
        }
        if (rows == 0) {
            return;
        }
        pass.kernels().rmsNorm(work.normed, work.branch, norm, rows, config.rmsNormEps());
        head.apply(pass.kernels(), logits, work.normed, rows, work.scratch);
        long logitBytes = (long) config.vocabSize() * Float.BYTES;
        long at = 0;
        for (Span span : pass.spans()) {
            int wanted = span.logitRows();
            long next = at + wanted * logitBytes;
            if (span.logits() != null) {
                MemorySegment.copy(
                        logits,
                        ValueLayout.JAVA_FLOAT,
                        next - logitBytes,
                        span.logits(),
                        0,
                        config.vocabSize());
            }
            if (span.isWatched() && wanted > 0) {
                span.observer()
                        .logits(
                                span.position() + span.count() - wanted,
                                wanted,
                                logits.asSlice(at, next - at));
            }
            at = next;
        }
    }
}
