package io.step3.model;

import io.step3.ops.Kernels;
import io.step3.ops.Weight;
import java.lang.foreign.MemorySegment;

/** A pre-norm residual block: {@code h += attention(rms(h)); h += feedForward(rms(h))}. */
record DecoderLayer(
        int number,
        float epsilon,
        Weight inputNorm,
        Attention attention,
        Weight postAttentionNorm,
        FeedForward feedForward) {

    /** Adds both branches to {@code hidden}, {@code [tokens, hidden]}. */
    void forward(Pass pass, MemorySegment hidden) {
        Kernels kernels = pass.kernels();
        MemorySegment normed = pass.work().normed;
        MemorySegment branch = pass.work().branch;
        int tokens = pass.tokens();
        long numbers = tokens * inputNorm.cols();
        boolean watched = pass.isWatched();
        long began = watched ? System.nanoTime() : 0;
        kernels.rmsNorm(normed, hidden, inputNorm, tokens, epsilon);
        attention.forward(pass, number, normed, branch);
        kernels.add(hidden, branch, numbers);
        if (watched) {
            pass.spent(Stage.ATTENTION, began);
            began = System.nanoTime();
        }
        kernels.rmsNorm(normed, hidden, postAttentionNorm, tokens, epsilon);
        feedForward.forward(pass, normed, branch);
        kernels.add(hidden, branch, numbers);
        if (watched) {
            pass.spent(Stage.EXPERTS, began);
            int row = 0;
            for (Span span : pass.spans()) {
                if (span.isWatched()) {
                    show(pass.work(), hidden, span, row);
                }
                row += span.count();
            }
        }
    }

    private void show(Workspace work, MemorySegment hidden, Span span, int row) {
        ForwardObserver observer = span.observer();
        int position = span.position();
        int headDim = attention.headDim();
        MemorySegment keys = span.sequence().cache().keys(number, 0);
        observer.attended(
                number,
                position,
                span.count(),
                Pass.rows(work.query, row, span, (long) attention.heads() * headDim),
                keys.asSlice(0, (long) (position + span.count()) * headDim * Float.BYTES));
        if (feedForward instanceof MixtureOfExperts mixture) {
            observer.routed(
                    number,
                    position,
                    span.count(),
                    Pass.rows(work.routerIds, row, span, mixture.router().topK()),
                    Pass.rows(work.routerWeights, row, span, mixture.router().topK()),
                    Pass.rows(work.routerProbabilities, row, span, mixture.router().experts()));
        }
        observer.layer(
                number, position, span.count(), Pass.rows(hidden, row, span, inputNorm.cols()));
    }
}
