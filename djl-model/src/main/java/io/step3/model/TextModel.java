package io.step3.model;

import io.step3.checkpoint.TextConfig;
import io.step3.ops.Buffer;
import io.step3.ops.Matrix;
import io.step3.ops.Stream;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The decoder: embeddings, layers, final norm and head. Immutable; shared by all sequences.
 *
 * @param embeddingAt where the embedding lies
 */
record TextModel(
        TextConfig config,
        Where embeddingAt,
        Matrix embedding,
        List<DecoderLayer> layers,
        Matrix norm,
        Linear head,
        Buffer inverseFrequencies) {

    /** Computes a pass, and hands its logits to those who want them. */
    void forward(Pass pass) {
        embed(pass);
        for (int i = 0; i < layers.size(); i++) {
            layers.get(i).forward(pass);
        }
        logits(pass);
    }

    /**
     * Computes two passes in turn, so that attention of one is computed, where it is, while the
     * experts of the other are where they are (the report's disaggregation of both, section 3):
     * what is waited for was asked for half a layer ago.
     */
    void forward(Pass first, Pass second) {
        embed(first);
        embed(second);
        layers.getFirst().attend(first);
        layers.getFirst().bring(first);
        layers.getFirst().attend(second);
        for (int i = 0; i < layers.size(); i++) {
            DecoderLayer layer = layers.get(i);
            DecoderLayer next = i + 1 < layers.size() ? layers.get(i + 1) : null;
            layer.feed(first);
            layer.bring(second);
            if (next != null) {
                next.attend(first);
            }
            layer.feed(second);
            if (next != null) {
                next.bring(first);
                next.attend(second);
            }
        }
        logits(first);
        logits(second);
    }

    private void embed(Pass pass) {
        Where where = embeddingAt;
        Stream stream = pass.stream(where);
        Workspace work = pass.work();
        Rows hidden = work.hidden;
        int[] tokens = new int[pass.tokens()];
        List<Span> spans = pass.spans();
        for (int s = 0, row = 0; s < spans.size(); s++) {
            Span span = spans.get(s);
            for (int i = 0; i < span.count(); i++) {
                tokens[row++] = span.token(i);
            }
        }
        stream.write(work.tokens, MemorySegment.ofArray(tokens));
        stream.embed(hidden.at(where), embedding, work.tokens, tokens.length);
        for (int s = 0, row = 0; s < spans.size(); s++) {
            Span span = spans.get(s);
            if (span.features() != null) {
                span.features().place(stream, hidden.at(where, row, span.count()), span);
            }
            if (span.isWatched()) {
                MemorySegment rows = pass.view(hidden, where, row, span);
                span.observer().embedded(span.position(), span.count(), rows);
            }
            row += span.count();
        }
        pass.carry(hidden, where, pass.home());
    }

    private void logits(Pass pass) {
        long began = System.nanoTime();
        Workspace work = pass.work();
        logits(pass, work.hidden, work.logits);
        pass.spent(Stage.HEAD, began);
    }

    /**
     * The head sees the rows that want logits, and no others.
     *
     * @param logits {@code [those rows, vocabulary]}
     */
    private void logits(Pass pass, Rows hidden, Buffer logits) {
        Workspace work = pass.work();
        List<Span> spans = pass.spans();
        Where home = pass.home();
        int rows = 0;
        for (int from = 0, s = 0; s < spans.size(); s++) {
            int wanted = spans.get(s).logitRows();
            from += spans.get(s).count();
            if (wanted > 0) {
                pass.stream(home)
                        .copy(
                                work.branch.at(home, rows, wanted),
                                hidden.at(home, from - wanted, wanted));
                rows += wanted;
            }
        }
        if (rows == 0) {
            return;
        }
        Where where = head.where();
        Stream stream = pass.stream(where);
        Buffer normed = work.normed.at(where);
        work.branch.carry(pass.streams(), home, where, rows);
        stream.rmsNorm(normed, work.branch.at(where), norm, rows, config.rmsNormEps());
        head.apply(pass, logits, normed, rows);
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
