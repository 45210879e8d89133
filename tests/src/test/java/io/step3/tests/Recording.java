package io.step3.tests;

import io.step3.model.ForwardObserver;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;

/** Keeps everything that a forward pass shows, chunk after chunk. */
final class Recording implements ForwardObserver {

    private final Map<String, ByteArrayOutputStream> kept = new TreeMap<>();

    private void keep(String name, MemorySegment numbers, long count) {
        kept.computeIfAbsent(name, n -> new ByteArrayOutputStream())
                .writeBytes(
                        numbers.asSlice(0, count * Float.BYTES).toArray(ValueLayout.JAVA_BYTE));
    }

    private static long perRow(MemorySegment numbers, int of) {
        return numbers.byteSize() / Float.BYTES / of;
    }

    private int chunk;
    private int hidden;

    Recording(int chunk, int hidden) {
        this.chunk = chunk;
        this.hidden = hidden;
    }

    @Override
    public void embedded(int position, int rows, MemorySegment embeddings) {
        keep("embeds", embeddings, (long) rows * hidden);
    }

    @Override
    public void layer(int layer, int position, int rows, MemorySegment stream) {
        keep("layer." + layer, stream, (long) rows * hidden);
    }

    @Override
    public void routed(
            int layer,
            int position,
            int rows,
            MemorySegment ids,
            MemorySegment weights,
            MemorySegment probabilities) {
        keep("ids." + layer, ids, rows * perRow(ids, chunk));
        keep("weights." + layer, weights, rows * perRow(weights, chunk));
        keep("probs." + layer, probabilities, rows * perRow(probabilities, chunk));
    }

    @Override
    public boolean wantsAllLogits() {
        return true;
    }

    @Override
    public void logits(int position, int rows, MemorySegment logits) {
        keep("logits", logits, logits.byteSize() / Float.BYTES);
    }

    float[] floats(String name) {
        ByteBuffer bytes =
                ByteBuffer.wrap(kept.get(name).toByteArray()).order(ByteOrder.nativeOrder());
        float[] values = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(values);
        return values;
    }

    int[] ints(String name) {
        ByteBuffer bytes =
                ByteBuffer.wrap(kept.get(name).toByteArray()).order(ByteOrder.nativeOrder());
        int[] values = new int[bytes.remaining() / Integer.BYTES];
        bytes.asIntBuffer().get(values);
        return values;
    }
}
