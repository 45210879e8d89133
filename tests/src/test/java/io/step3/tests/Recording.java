package io.step3.tests;

import io.step3.model.ForwardObserver;
import io.step3.model.Routing;
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

    private void keep(String name, MemorySegment numbers) {
        kept.computeIfAbsent(name, n -> new ByteArrayOutputStream())
                .writeBytes(numbers.toArray(ValueLayout.JAVA_BYTE));
    }

    @Override
    public void embedded(int position, int rows, MemorySegment embeddings) {
        keep("embeds", embeddings);
    }

    @Override
    public void layer(int layer, int position, int rows, MemorySegment hidden) {
        keep("layer." + layer, hidden);
    }

    @Override
    public void routed(Routing routing) {
        keep("ids." + routing.layer(), routing.ids());
        keep("weights." + routing.layer(), routing.weights());
        keep("probs." + routing.layer(), routing.probabilities());
    }

    @Override
    public boolean wantsAllLogits() {
        return true;
    }

    @Override
    public void logits(int position, int rows, MemorySegment logits) {
        keep("logits", logits);
    }

    private ByteBuffer bytes(String name) {
        return ByteBuffer.wrap(kept.get(name).toByteArray()).order(ByteOrder.nativeOrder());
    }

    float[] floats(String name) {
        ByteBuffer bytes = bytes(name);
        float[] values = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(values);
        return values;
    }

    int[] ints(String name) {
        ByteBuffer bytes = bytes(name);
        int[] values = new int[bytes.remaining() / Integer.BYTES];
        bytes.asIntBuffer().get(values);
        return values;
    }
}
