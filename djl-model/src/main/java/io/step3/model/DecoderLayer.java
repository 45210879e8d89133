package io.step3.model;

import io.step3.ops.Matrix;

/**
 * A pre-norm residual block: {@code h += attention(rms(h)); h += feedForward(rms(h))}.
 *
 * @param where the residual stream lies, and the norms
 */
record DecoderLayer(
        Where where,
        int number,
        float epsilon,
        Matrix inputNorm,
        Attention attention,
        Matrix postAttentionNorm,
        FeedForward feedForward) {

    /** Adds both branches to {@code hidden}, {@code [tokens, hidden]}. */
    void forward(Pass pass, Rows hidden) {
        Rows normed = pass.work().normed;
        Rows branch = pass.work().branch;
        boolean watched = pass.isWatched();
        long began = watched ? System.nanoTime() : 0;
        norm(pass, normed, hidden, inputNorm);
        attention.forward(pass, number, normed, branch);
        add(pass, hidden, branch);
        if (watched) {
            pass.spent(Stage.ATTENTION, began);
            began = System.nanoTime();
        }
        norm(pass, normed, hidden, postAttentionNorm);
        feedForward.forward(pass, normed, branch);
        add(pass, hidden, branch);
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

    private void norm(Pass pass, Rows out, Rows x, Matrix gain) {
        pass.stream(where).rmsNorm(out.at(where), x.at(where), gain, pass.tokens(), epsilon);
    }

    private void add(Pass pass, Rows x, Rows y) {
        pass.stream(where).add(x.at(where), y.at(where), pass.tokens() * inputNorm.cols());
    }

    private void show(Pass pass, Rows hidden, Span span, int row) {
        Workspace work = pass.work();
        ForwardObserver observer = span.observer();
        int position = span.position();
        int count = span.count();
        observer.attended(
                number,
                position,
                count,
                pass.view(work.query, attention.cache(), row, span),
                pass.stream(attention.cache())
                        .viewKeys(span.sequence().cache(), number, position + count));
        if (feedForward instanceof MixtureOfExperts) {
            observer.routed(
                    new Routing(
                            number,
                            position,
                            count,
                            pass.view(work.routerIds, where, row, span),
                            pass.view(work.routerWeights, where, row, span),
                            pass.view(work.routerProbabilities, where, row, span)));
        }
        observer.layer(number, position, count, pass.view(hidden, where, row, span));
    }
}
