package io.step3.desktop.model;

import io.step3.desktop.store.Part;
import io.step3.generate.TokenTexts;
import io.step3.image.ImagePlan;
import io.step3.image.ImageTokens;
import io.step3.model.AttentionWeights;
import io.step3.model.ForwardObserver;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Watches where attention of one layer looks before each token is written, while somebody looks;
 * while nobody does, it only keeps the ids of the tokens. Weights are computed in the engine's
 * thread and outside the lock, so that whoever shows them never waits for the network.
 */
final class AttentionRecorder implements ForwardObserver {

    /** Tokens of the answer that are kept. */
    static final int KEPT = 512;

    /** Weights that are kept, of all those tokens together: 32 MB. */
    private static final long MOST_WEIGHTS = 8L << 20;

    private static final int WORDS = 8;

    /** A picture of the prompt. */
    record Shown(Part.Image image, ImagePlan plan) {}

    /** The rows of one picture: all from first to base, then those of its base. */
    private record Place(Shown shown, int first, int base) {}

    /** What was seen; {@code token} is null until it is known. */
    private record Row(
            int number,
            String token,
            int layer,
            float[] weights,
            List<AttentionSnapshot.Word> words) {

        int next() {
            return weights.length;
        }

        Row named(String text) {
            return new Row(number, text, layer, weights, words);
        }
    }

    private volatile boolean open;
    private volatile int wantedLayer = Integer.MAX_VALUE;
    private volatile int lastLayer;
    private TokenTexts texts;
    private ImageTokens imageTokens;
    private List<Shown> shown = List.of();
    private List<Place> places = List.of();
    private int[] ids = {};
    private int prompt;
    private final Deque<Row> rows = new ArrayDeque<>();
    private long weightsKept;

    synchronized void setOpen(boolean open) {
        this.open = open;
        forget();
    }

    /** Watches another layer from the next token on; at first it is the last of the model. */
    void watch(int layer) {
        wantedLayer = layer;
    }

    /**
     * Forgets the answer before.
     *
     * @param layers of the model
     * @param texts null if the model's tokens are not known: nothing is seen then
     * @param imageTokens null if the model cannot see
     * @param shown the pictures of the prompt, in order
     */
    synchronized void begin(
            int layers, TokenTexts texts, ImageTokens imageTokens, List<Shown> shown) {
        lastLayer = layers - 1;
        this.texts = texts;
        this.imageTokens = imageTokens;
        this.shown = List.copyOf(shown);
        places = List.of();
        ids = new int[0];
        prompt = 0;
        forget();
    }

    private void forget() {
        rows.clear();
        weightsKept = 0;
    }

    @Override
    public void tokens(int position, int... told) {
        TokenTexts reader;
        synchronized (this) {
            if (position == 0) {
                prompt = told.length;
                ids = told.clone();
                places = places();
                forget();
                return;
            }
            if (position + told.length > ids.length) {
                ids = Arrays.copyOf(ids, 2 * (position + told.length));
            }
            System.arraycopy(told, 0, ids, position, told.length);
            Row last = rows.peekLast();
            if (last == null || last.next() != position) {
                return;
            }
            reader = texts;
        }
        String text = reader.text().apply(told[0]);
        synchronized (this) {
            Row last = rows.peekLast();
            if (last != null && last.next() == position) {
                rows.removeLast();
                rows.addLast(last.named(text));
            }
        }
    }

    /** Where the pictures are; none if the prompt is not what the pictures make of it. */
    private List<Place> places() {
        if (texts == null || imageTokens == null || shown.isEmpty()) {
            return List.of();
        }
        int[] features =
                IntStream.range(0, prompt).filter(i -> ids[i] == texts.picture()).toArray();
        int needed =
                shown.stream()
                        .mapToInt(
                                s ->
                                        s.plan().crops() * imageTokens.perCrop()
                                                + imageTokens.perBase())
                        .sum();
        if (features.length != needed) {
            return List.of();
        }
        List<Place> found = new ArrayList<>();
        int at = 0;
        for (Shown picture : shown) {
            // Features of the crops come before those of the base: ImageTokens.
            int base = at + picture.plan().crops() * imageTokens.perCrop();
            found.add(new Place(picture, features[at], features[base]));
            at = base + imageTokens.perBase();
        }
        return found;
    }

    @Override
    public void attended(
            int layer, int position, int rows, MemorySegment queries, MemorySegment keys) {
        if (!open || layer != Math.min(wantedLayer, lastLayer)) {
            return;
        }
        int seen = position + rows;
        int[] known;
        TokenTexts reader;
        synchronized (this) {
            if (prompt == 0 || seen < prompt || texts == null) {
                return;
            }
            known = ids;
            reader = texts;
        }
        int headDim = Math.toIntExact(keys.byteSize() / Float.BYTES / seen);
        int heads = Math.toIntExact(queries.byteSize() / Float.BYTES / headDim / rows);
        float[] weights =
                mean(AttentionWeights.of(queries, keys, position, rows - 1, heads, headDim), heads);
        List<AttentionSnapshot.Word> words = words(weights, known, reader);
        synchronized (this) {
            if (open) {
                keep(new Row(seen - prompt, null, layer, weights, words));
            }
        }
    }

    private static float[] mean(float[] weights, int heads) {
        float[] mean = new float[weights.length / heads];
        for (int i = 0; i < weights.length; i++) {
            mean[i % mean.length] += weights[i] / heads;
        }
        return mean;
    }

    private static List<AttentionSnapshot.Word> words(
            float[] weights, int[] ids, TokenTexts reader) {
        return IntStream.range(0, weights.length)
                .filter(i -> ids[i] != reader.picture())
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -weights[i]))
                .limit(WORDS)
                .map(i -> new AttentionSnapshot.Word(i, reader.text().apply(ids[i]), weights[i]))
                .toList();
    }

    private void keep(Row row) {
        // The layer was changed in the middle of a pass: the later one counts.
        if (!rows.isEmpty() && rows.getLast().number() == row.number()) {
            weightsKept -= rows.removeLast().weights().length;
        }
        rows.addLast(row);
        weightsKept += row.weights().length;
        while (rows.size() > 1 && (rows.size() > KEPT || weightsKept > MOST_WEIGHTS)) {
            weightsKept -= rows.removeFirst().weights().length;
        }
    }

    /**
     * What was seen before a token was written.
     *
     * @param number counted from 0; one that is not known stands for the newest
     */
    synchronized AttentionSnapshot snapshot(int number) {
        Row newest = null;
        Row chosen = null;
        for (Row row : rows) {
            if (row.token() != null) {
                newest = row;
                chosen = row.number() == number ? row : chosen;
            }
        }
        if (newest == null) {
            return AttentionSnapshot.EMPTY;
        }
        Row row = chosen == null ? newest : chosen;
        return new AttentionSnapshot(
                rows.getFirst().number(),
                newest.number(),
                row.number(),
                row.token(),
                row.layer(),
                row.weights(),
                row.words(),
                places.stream().map(place -> seen(place, row.weights())).toList());
    }

    private AttentionSnapshot.Seen seen(Place place, float[] weights) {
        float share = 0;
        int end = place.base() + imageTokens.perBase();
        for (int i = place.first(); i < end; i++) {
            // Between the crops stand marks, which are tokens of the text.
            share += ids[i] == texts.picture() ? weights[i] : 0;
        }
        return new AttentionSnapshot.Seen(
                place.shown().image(),
                place.shown().plan(),
                share,
                Arrays.copyOfRange(weights, place.base(), end));
    }
}
