package io.step3.desktop.model;

import io.step3.model.ForwardObserver;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Watches which experts are chosen, and how long the network takes, while somebody looks. While
 * nobody does, each call returns at once.
 */
final class RoutingRecorder implements ForwardObserver {

    private volatile boolean open;
    private ModelShape shape;
    private int[] row;
    private long[][] counts = {};
    private float[][] current = {};
    private double confidence;
    private long routed;
    private int context;
    private long passStarted;
    private long layersNanos;
    private long outputNanos;
    private long samplingNanos;
    private long logitsAt;
    private long layersEnded;
    private long passes;

    /** Begins to watch, or stops and forgets. */
    synchronized void setOpen(boolean open) {
        this.open = open;
        clear();
    }

    boolean isOpen() {
        return open;
    }

    /** Forgets what was seen, and learns the shape of the model that comes. */
    synchronized void begin(ModelShape next) {
        shape = next;
        clear();
    }

    private void clear() {
        int layers = shape == null ? 0 : shape.moeLayers().size();
        int experts = shape == null ? 0 : shape.experts();
        counts = new long[layers][experts];
        current = new float[layers][experts];
        row = new int[shape == null ? 0 : shape.layers()];
        Arrays.fill(row, -1);
        for (int i = 0; i < layers; i++) {
            row[shape.moeLayers().get(i)] = i;
        }
        confidence = 0;
        routed = 0;
        passes = 0;
        layersNanos = 0;
        outputNanos = 0;
        samplingNanos = 0;
        logitsAt = 0;
        context = 0;
    }

    @Override
    public synchronized void embedded(int position, int rows, MemorySegment embeddings) {
        if (open) {
            passStarted = System.nanoTime();
            if (logitsAt != 0) {
                samplingNanos += passStarted - logitsAt;
            }
        }
    }

    @Override
    public synchronized void routed(
            int layer,
            int position,
            int rows,
            MemorySegment ids,
            MemorySegment weights,
            MemorySegment probabilities) {
        if (!open || shape == null) {
            return;
        }
        int at = row[layer];
        int k = shape.topK();
        int experts = shape.experts();
        for (int r = 0; r < rows; r++) {
            double sum = 0;
            for (int i = 0; i < k; i++) {
                int expert = ids.getAtIndex(ValueLayout.JAVA_INT, (long) r * k + i);
                counts[at][expert]++;
                sum +=
                        probabilities.getAtIndex(
                                ValueLayout.JAVA_FLOAT, (long) r * experts + expert);
            }
            confidence += sum;
            routed++;
        }
        Arrays.fill(current[at], 0);
        long last = rows - 1L;
        for (int i = 0; i < k; i++) {
            int expert = ids.getAtIndex(ValueLayout.JAVA_INT, last * k + i);
            current[at][expert] =
                    probabilities.getAtIndex(ValueLayout.JAVA_FLOAT, last * experts + expert);
        }
    }

    @Override
    public synchronized void layer(int layer, int position, int rows, MemorySegment hidden) {
        if (open && shape != null && layer == shape.layers() - 1) {
            layersEnded = System.nanoTime();
            layersNanos += layersEnded - passStarted;
            context = position + rows;
        }
    }

    @Override
    public synchronized void logits(int position, int rows, MemorySegment logits) {
        if (open) {
            logitsAt = System.nanoTime();
            outputNanos += logitsAt - layersEnded;
            passes++;
        }
    }

    synchronized InsideSnapshot snapshot() {
        return shape == null
                ? InsideSnapshot.EMPTY
                : new InsideSnapshot(
                        shape,
                        copy(counts),
                        copy(current),
                        routed == 0 ? 0 : confidence / routed,
                        context * shape.cacheBytesPerToken(),
                        context,
                        passes,
                        layersNanos,
                        outputNanos,
                        samplingNanos);
    }

    private static long[][] copy(long[][] from) {
        return Arrays.stream(from).map(long[]::clone).toArray(long[][]::new);
    }

    private static float[][] copy(float[][] from) {
        return Arrays.stream(from).map(float[]::clone).toArray(float[][]::new);
    }
}
