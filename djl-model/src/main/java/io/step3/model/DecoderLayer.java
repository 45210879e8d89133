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

    /** Adds both branches to the residual stream. */
    void forward(Pass pass) {
        attend(pass);
        bring(pass);
        feed(pass);
    }

    /** Adds attention's branch, and chooses the experts: what lies with the residual stream. */
    void attend(Pass pass) {
        Workspace work = pass.work();
        boolean watched = pass.isWatched();
        long began = watched ? System.nanoTime() : 0;
        norm(pass, inputNorm);
        attention.forward(pass, number, work.normed, work.branch);
        addBranch(pass);
        if (watched) {
            pass.spent(Stage.ATTENTION, began);
            began = System.nanoTime();
        }
        norm(pass, postAttentionNorm);
        feedForward.choose(pass, work.normed);
        if (watched) {
            pass.spent(Stage.EXPERTS, began);
        }
    }

    /** Brings the feed-forward its input, and waits for it. */
    void bring(Pass pass) {
        feedForward.bring(pass, pass.work().normed);
    }

    /** Adds the feed-forward's branch. */
    void feed(Pass pass) {
        Workspace work = pass.work();
        boolean watched = pass.isWatched();
        long began = watched ? System.nanoTime() : 0;
        feedForward.finish(pass, work.normed, work.branch);
        addBranch(pass);
        if (watched) {
            pass.spent(Stage.EXPERTS, began);
            int row = 0;
            for (Span span : pass.spans()) {
                if (span.isWatched()) {
                    show(pass, work.hidden, span, row);
                }
                row += span.count();
            }
        }
    }

    private void norm(Pass pass, Matrix gain) {
        Workspace work = pass.work();
        pass.stream(where)
                .rmsNorm(
                        work.normed.at(where), work.hidden.at(where), gain, pass.tokens(), epsilon);
    }

    private void addBranch(Pass pass) {
        Workspace work = pass.work();
        long numbers = pass.tokens() * inputNorm.cols();
        pass.stream(where).add(work.hidden.at(where), work.branch.at(where), numbers);
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
