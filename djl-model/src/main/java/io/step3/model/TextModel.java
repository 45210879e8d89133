package io.step3.model;

import io.step3.checkpoint.TextConfig;
import io.step3.ops.Buffer;
import io.step3.ops.Matrix;
import io.step3.ops.Stream;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The decoder: embeddings, layers, final norm and head. Immutable; shared by all sequences. */
record TextModel(
        TextConfig config,
        Matrix embedding,
        List<DecoderLayer> layers,
        Matrix norm,
        Linear head,
        Buffer inverseFrequencies) {

    /** Computes a pass, and hands its logits to those who want them. */
    void forward(Pass pass) {
        Workspace work = pass.work();
        embed(pass, work.hidden);
        for (int i = 0; i < layers.size(); i++) {
            layers.get(i).forward(pass, work.hidden);
        }
        long began = System.nanoTime();
        logits(pass, work.hidden, work.logits);
        pass.spent(Stage.HEAD, began);
    }

    private void embed(Pass pass, Buffer hidden) {
        Stream stream = pass.stream();
        Workspace work = pass.work();
        int[] tokens = new int[pass.tokens()];
        List<Span> spans = pass.spans();
        for (int s = 0, row = 0; s < spans.size(); s++) {
            Span span = spans.get(s);
            for (int i = 0; i < span.count(); i++) {
                tokens[row++] = span.token(i);
            }
        }
        stream.write(work.tokens, MemorySegment.ofArray(tokens));
        stream.embed(hidden, embedding, work.tokens, tokens.length);
        for (int s = 0, row = 0; s < spans.size(); s++) {
            Span span = spans.get(s);
            if (span.features() != null) {
                span.features().place(stream, Pass.rows(hidden, row, span, width()), span);
            }
            if (span.isWatched()) {
                MemorySegment rows = pass.view(hidden, row, span, width());
                span.observer().embedded(span.position(), span.count(), rows);
            }
            row += span.count();
        }
    }

    private int width() {
        return config.hiddenSize();
    }

    /**
     * The head sees the rows that want logits, and no others.
     *
     * @param logits {@code [those rows, vocabulary]}
     */
    private void logits(Pass pass, Buffer hidden, Buffer logits) {
        Stream stream = pass.stream();
        Workspace work = pass.work();
        List<Span> spans = pass.spans();
        long rowBytes = (long) width() * Float.BYTES;
        int rows = 0;
        for (int from = 0, s = 0; s < spans.size(); s++) {
            int wanted = spans.get(s).logitRows();
            from += spans.get(s).count();
            if (wanted > 0) {
                stream.copy(
                        work.branch.slice(rows * rowBytes),
                        hidden.slice((from - wanted) * rowBytes, wanted * rowBytes));
                rows += wanted;
            }
        }
        if (rows == 0) {
            return;
        }
        stream.rmsNorm(work.normed, work.branch, norm, rows, config.rmsNormEps());
        head.apply(stream, logits, work.normed, rows, work.scratch);
        long logitBytes = (long) config.vocabSize() * Float.BYTES;
        long at = 0;
        for (int s = 0; s < spans.size(); s++) {
            Span span = spans.get(s);
            int wanted = span.logitRows();
            long next = at + wanted * logitBytes;
            if (span.logits() != null) {
                stream.read(
                        MemorySegment.ofArray(span.logits()),
                        logits.slice(next - logitBytes, logitBytes));
            }
            if (span.isWatched() && wanted > 0) {
                span.observer()
                        .logits(
                                span.position() + span.count() - wanted,
                                wanted,
                                stream.view(logits.slice(at, next - at)));
            }
            at = next;
        }
    }
}
