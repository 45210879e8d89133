package io.step3.model;

import io.step3.checkpoint.Tensors;
import io.step3.checkpoint.TextConfig;
import io.step3.ops.Kernels;
import io.step3.ops.Weight;

/** A pre-norm residual block: {@code h += attention(rms(h)); h += feedForward(rms(h))}. */
record DecoderLayer(
        int number,
        float epsilon,
        Weight inputNorm,
        MfaAttention attention,
        Weight postAttentionNorm,
        FeedForward feedForward) {

    static DecoderLayer bind(
            Tensors tensors, int number, TextConfig config, Activations activations) {
        String prefix = "model.layers." + number + ".";
        return new DecoderLayer(
                number,
                config.rmsNormEps(),
                tensors.vector(prefix + "input_layernorm.weight", config.hiddenSize()),
                MfaAttention.bind(tensors, prefix + "self_attn.", config, activations),
                tensors.vector(prefix + "post_attention_layernorm.weight", config.hiddenSize()),
                FeedForward.bind(tensors, number, config, activations));
    }

    void forward(
            Kernels kernels,
            Workspace work,
            KvCache cache,
            int position,
            int rows,
            ForwardObserver observer) {
        long numbers = rows * inputNorm.cols();
        boolean watched = observer != ForwardObserver.NONE;
        long began = watched ? System.nanoTime() : 0;
        kernels.rmsNorm(work.normed, work.hidden, inputNorm, rows, epsilon);
        attention.forward(kernels, work, cache, number, position, rows);
        kernels.add(work.hidden, work.branch, numbers);

        if (watched) {
            long now = System.nanoTime();
            observer.spent(Stage.ATTENTION, now - began);
            began = now;
        }

        kernels.rmsNorm(work.normed, work.hidden, postAttentionNorm, rows, epsilon);
        feedForward.forward(kernels, work, rows);
        kernels.add(work.hidden, work.branch, numbers);

        if (watched) {
            observer.spent(Stage.EXPERTS, System.nanoTime() - began);
            show(work, cache, position, rows, observer);
        }
    }

    private void show(
            Workspace work, KvCache cache, int position, int rows, ForwardObserver observer) {
        int headDim = attention.headDim();
        observer.attended(
                number,
                position,
                rows,
                Workspace.rows(work.query, rows, (long) attention.heads() * headDim),
                Workspace.rows(cache.keys(number, 0), position + rows, headDim));
        if (feedForward instanceof MixtureOfExperts mixture) {
            observer.routed(
                    number,
                    position,
                    rows,
                    Workspace.rows(work.routerIds, rows, mixture.topK()),
                    Workspace.rows(work.routerWeights, rows, mixture.topK()),
                    Workspace.rows(work.routerProbabilities, rows, mixture.gate().experts()));
        }
        observer.layer(number, position, rows, Workspace.rows(work.hidden, rows, inputNorm.cols()));
    }
}
