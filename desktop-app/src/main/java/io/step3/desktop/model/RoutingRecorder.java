package io.step3.desktop.model;

import io.step3.chat.ChatModel;
import io.step3.generate.InspectableModel;
import io.step3.generate.ModelShape;
import io.step3.model.ForwardObserver;
import io.step3.model.Routing;
import io.step3.model.Stage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/**
 * Watches which experts are chosen, how long the network takes and where it looks, while somebody
 * looks. While nobody does, each call returns at once.
 */
final class RoutingRecorder implements ForwardObserver {

    private final AttentionRecorder attention = new AttentionRecorder();
    private volatile boolean open;
    private ModelShape shape;
    private int[] row;
    private long[][] counts = {};
    private float[][] current = {};
    private double confidence;
    private long routed;
    private int context;
    private int prompt;
    private StageClock clock = new StageClock();

    /** Begins to watch, or stops and forgets. */
    synchronized void setOpen(boolean open) {
        this.open = open;
        attention.setOpen(open);
        clear();
    }

    /** Where it looks. */
    AttentionRecorder attention() {
        return attention;
    }

    /** Forgets what was seen, and learns what comes: the model, and the prompt's pictures. */
    synchronized void begin(ChatModel model, List<AttentionRecorder.Shown> pictures) {
        prompt = 0;
        if (model instanceof InspectableModel local) {
            shape = local.shape();
            attention.begin(
                    shape.layers(), local.tokenTexts(), local.imageTokens().orElse(null), pictures);
        } else {
            shape = null;
            attention.begin(0, null, null, List.of());
        }
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
        clock = new StageClock();
        context = 0;
    }

    @Override
    public void tokens(int position, int... ids) {
        attention.tokens(position, ids);
        synchronized (this) {
            prompt = position == 0 ? ids.length : prompt;
        }
    }

    @Override
    public synchronized void embedded(int position, int rows, MemorySegment embeddings) {
        if (open) {
            clock.pass(position < prompt);
        }
    }

    @Override
    public void attended(
            int layer, int position, int rows, MemorySegment queries, MemorySegment keys) {
        attention.attended(layer, position, rows, queries, keys);
    }

    @Override
    public synchronized void routed(Routing routing) {
        if (!open || shape == null) {
            return;
        }
        int at = row[routing.layer()];
        int k = shape.topK();
        int experts = shape.experts();
        for (int r = 0; r < routing.rows(); r++) {
            double sum = 0;
            for (int i = 0; i < k; i++) {
                int expert = routing.ids().getAtIndex(ValueLayout.JAVA_INT, (long) r * k + i);
                counts[at][expert]++;
                sum +=
                        routing.probabilities()
                                .getAtIndex(ValueLayout.JAVA_FLOAT, (long) r * experts + expert);
            }
            confidence += sum;
            routed++;
        }
        Arrays.fill(current[at], 0);
        long last = routing.rows() - 1L;
        for (int i = 0; i < k; i++) {
            int expert = routing.ids().getAtIndex(ValueLayout.JAVA_INT, last * k + i);
            current[at][expert] =
                    routing.probabilities()
                            .getAtIndex(ValueLayout.JAVA_FLOAT, last * experts + expert);
        }
    }

    @Override
    public synchronized void layer(int layer, int position, int rows, MemorySegment hidden) {
        if (open && shape != null && layer == shape.layers() - 1) {
            context = position + rows;
        }
    }

    @Override
    public synchronized void spent(Stage stage, long nanoseconds) {
        if (open) {
            clock.spent(stage, nanoseconds);
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
                        clock.times());
    }

    private static long[][] copy(long[][] from) {
        return Arrays.stream(from).map(long[]::clone).toArray(long[][]::new);
    }

    private static float[][] copy(float[][] from) {
        return Arrays.stream(from).map(float[]::clone).toArray(float[][]::new);
    }
}
