package io.step3.ops;

import java.lang.foreign.ValueLayout;

/** Rotary embedding, the caches and attention in plain Java. */
final class JavaAttention {
    private JavaAttention() {}

    /** Rotates each head of each token by its position. */
    static void rotate(Buffer x, Spans spans, int heads, int dim, Buffer inverseFrequencies) {
        float[] frequencies = Floats.of(inverseFrequencies, dim / 2);
        long row = 0;
        for (int i = 0; i < spans.count(); i++) {
            for (int r = 0; r < spans.rows(i); r++, row++) {
                rotate(x, row, spans.position(i) + r, heads, dim, frequencies);
            }
        }
    }

    private static void rotate(
            Buffer x, long row, long position, int heads, int dim, float[] frequencies) {
        int half = dim / 2;
        float[] head = new float[dim];
        for (int h = 0; h < heads; h++) {
            long at = (row * heads + h) * dim;
            Floats.read(x, at, head, dim);
            for (int i = 0; i < half; i++) {
                float angle = position * frequencies[i];
                float cos = (float) Math.cos(angle);
                float sin = (float) Math.sin(angle);
                float a = head[i];
                float b = head[i + half];
                head[i] = a * cos - b * sin;
                head[i + half] = b * cos + a * sin;
            }
            Floats.write(head, dim, x, at);
        }
    }

    /** Lays keys and values of new tokens into the caches. */
    static void append(Buffer keys, Buffer values, Spans spans, int layer) {
        long row = 0;
        for (int i = 0; i < spans.count(); i++) {
            HostKeyValues cache = HostKeyValues.of(spans.cache(i));
            float[] numbers = new float[cache.dim()];
            cache.acquire();
            try {
                for (int r = 0; r < spans.rows(i); r++, row++) {
                    long at = (spans.position(i) + r) * cache.rowBytes();
                    Floats.read(keys, row * numbers.length, numbers, numbers.length);
                    KvRow.write(cache.format(), numbers, cache.region(), cache.keysAt(layer) + at);
                    Floats.read(values, row * numbers.length, numbers, numbers.length);
                    KvRow.write(
                            cache.format(), numbers, cache.region(), cache.valuesAt(layer) + at);
                }
            } finally {
                cache.release();
            }
        }
    }

    /** Each token over those before it and itself. */
    static void attention(Buffer out, Buffer q, Spans spans, int layer, int heads, float scale) {
        long row = 0;
        for (int i = 0; i < spans.count(); i++) {
            HostKeyValues cache = HostKeyValues.of(spans.cache(i));
            int rows = spans.rows(i);
            int position = Math.toIntExact(spans.position(i));
            int dim = cache.dim();
            Vectors k = vectors(cache, cache.keysAt(layer), position + rows);
            Vectors v = vectors(cache, cache.valuesAt(layer), position + rows);
            float[] queries = new float[Math.multiplyExact(rows * heads, dim)];
            Floats.read(q, row * heads * dim, queries, queries.length);
            float[] result = new float[queries.length];
            Sharing.forEach(
                    (long) rows * heads,
                    (long) (position + rows) * dim,
                    query -> {
                        int at = (int) query * dim;
                        int visible = (int) (position + query / heads + 1);
                        attend(result, at, queries, at, k, v, visible, dim, scale);
                    });
            Floats.write(result, result.length, out, row * heads * dim);
            row += rows;
        }
    }

    /** The first rows of keys or values. */
    private static Vectors vectors(HostKeyValues cache, long at, int rows) {
        return new Vectors(
                cache.view(at, rows).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED), 0, cache.dim());
    }

    /** Each token over all. */
    static void full(Buffer out, Buffer qkv, int tokens, int heads, int dim, float scale) {
        int width = heads * dim;
        float[] all = Floats.of(qkv, tokens * 3L * width);
        float[] result = new float[tokens * width];
        Sharing.forEach(
                (long) tokens * heads,
                (long) tokens * dim,
                i -> {
                    int token = (int) (i / heads);
                    int head = (int) (i % heads) * dim;
                    Vectors keys = new Vectors(all, width + head, 3 * width);
                    Vectors values = new Vectors(all, 2 * width + head, 3 * width);
                    int at = token * width + head;
                    attend(
                            result,
                            at,
                            all,
                            token * 3 * width + head,
                            keys,
                            values,
                            tokens,
                            dim,
                            scale);
                });
        Floats.write(result, result.length, out, 0);
    }

    /** Vectors that lie {@code step} floats apart, the first at {@code from}. */
    private record Vectors(float[] data, int from, int step) {
        int at(int i) {
            return from + i * step;
        }
    }

    /** One query over the first {@code n} keys. */
    private static void attend(
            float[] out,
            int outAt,
            float[] q,
            int qAt,
            Vectors keys,
            Vectors values,
            int n,
            int dim,
            float scale) {
        float[] scores = new float[n];
        float largest = Float.NEGATIVE_INFINITY;
        for (int p = 0; p < n; p++) {
            scores[p] = Floats.dot(q, qAt, keys.data, keys.at(p), dim) * scale;
            largest = Math.max(largest, scores[p]);
        }
        double sum = 0;
        float[] mixed = new float[dim];
        for (int p = 0; p < n; p++) {
            float weight = (float) Math.exp(scores[p] - largest);
            sum += weight;
            int value = values.at(p);
            for (int i = 0; i < dim; i++) {
                mixed[i] += weight * values.data[value + i];
            }
        }
        for (int i = 0; i < dim; i++) {
            out[outAt + i] = (float) (mixed[i] / sum);
        }
    }
}
