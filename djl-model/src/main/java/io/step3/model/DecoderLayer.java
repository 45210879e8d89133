package io.step3.model;

import io.step3.ops.Buffer;
import io.step3.ops.Matrix;
import io.step3.ops.Stream;

/** A pre-norm residual block: {@code h += attention(rms(h)); h += feedForward(rms(h))}. */
record DecoderLayer(
        int number,
        float epsilon,
        Matrix inputNorm,
        Attention attention,
        Matrix postAttentionNorm,
        FeedForward feedForward) {

    /** Adds both branches to {@code hidden}, {@code [tokens, hidden]}. */
    void forward(Pass pass, Buffer hidden) {
        Stream stream = pass.stream();
        Buffer normed = pass.work().normed;
        Buffer branch = pass.work().branch;
        int tokens = pass.tokens();
        long numbers = tokens * inputNorm.cols();
        boolean watched = pass.isWatched();
        long began = watched ? System.nanoTime() : 0;
        stream.rmsNorm(normed, hidden, inputNorm, tokens, epsilon);
        attention.forward(pass, number, normed, branch);
        stream.add(hidden, branch, numbers);
        if (watched) {
            pass.spent(Stage.ATTENTION, began);
            began = System.nanoTime();
        }
        stream.rmsNorm(normed, hidden, postAttentionNorm, tokens, epsilon);
        feedForward.forward(pass, normed, branch);
        stream.add(hidden, branch, numbers);
        if (watched) {
            pass.spent(Stage.EXPERTS, began);
            int row = 0;
            for (Span span : pass.spans()) {
                if (span.isWatched()) {
                    show(pass, hidden, span, row);
                }
                row += span.count();
            }
        }
    }

    private void show(Pass pass, Buffer hidden, Span span, int row) {
        Stream stream = pass.stream();
        Workspace work = pass.work();
        ForwardObserver observer = span.observer();
        int position = span.position();
        int count = span.count();
        observer.attended(
                number,
                position,
                count,
                pass.view(work.query, row, span, (long) attention.heads() * attention.headDim()),
                stream.viewKeys(span.sequence().cache(), number, position + count));
        if (feedForward instanceof MixtureOfExperts mixture) {
            Router router = mixture.router();
            observer.routed(
                    new Routing(
                            number,
                            position,
                            count,
                            pass.view(work.routerIds, row, span, router.topK()),
                            pass.view(work.routerWeights, row, span, router.topK()),
                            pass.view(work.routerProbabilities, row, span, router.experts())));
        }
        observer.layer(number, position, count, pass.view(hidden, row, span, inputNorm.cols()));
    }
}
