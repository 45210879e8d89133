package io.step3.model;

import io.step3.checkpoint.Checkpoint;
import io.step3.checkpoint.Hold;
import io.step3.image.PlannedImage;
import io.step3.image.ProcessedImage;
import io.step3.ops.Backend;
import io.step3.ops.Buffer;
import io.step3.ops.Stream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A Step3 network: a checkpoint bound to a backend, or to two of which each has a part. On the CPU
 * weights are used where they lie in the mapped checkpoint; loading copies none of them.
 *
 * <p>A model may be used by any number of threads, each with {@linkplain Sequence sequences} of its
 * own, or one that computes many of them together: {@link #step} is one forward pass. {@link
 * #close} closes all sequences first; checkpoint and backend belong to the caller.
 */
public final class Step3Model implements AutoCloseable {

    private final Checkpoint checkpoint;
    private final Backends backends;
    private final Placement placement;
    private final ModelOptions options;
    private final Hold hold;
    private final Arena arena = Arena.ofShared();
    private final TextModel text;
    private final @Nullable VisionTower vision;
    private final Set<Sequence> sequences = new HashSet<>();

    private final Passes passes;

    /** Looking reads, closing writes. */
    private final ReadWriteLock looking = new ReentrantReadWriteLock();

    private volatile boolean closed;

    /** As below, with one backend for everything. */
    public Step3Model(
            Checkpoint checkpoint, Backend backend, ModelOptions options, LoadProgress progress) {
        this(
                checkpoint,
                new Backends(backend),
                Placement.all(Where.CPU, checkpoint.config().text()),
                options,
                progress);
    }

    /**
     * Binds every tensor of the network, with its shape and type checked.
     *
     * @param checkpoint not closed by the model; if it is closed before the model, it stays mapped
     *     until the model is closed
     * @param backends what computes; not closed by the model
     * @param placement which of them computes what
     * @param progress hears of every layer
     * @throws io.step3.checkpoint.CheckpointException if a tensor is missing or of another shape or
     *     type
     */
    public Step3Model(
            Checkpoint checkpoint,
            Backends backends,
            Placement placement,
            ModelOptions options,
            LoadProgress progress) {
        this.checkpoint = checkpoint;
        this.backends = backends;
        this.placement = placement;
        this.options = options;
        this.hold = checkpoint.hold(backends.all().toArray(Backend[]::new));
        try {
            var family = NetworkFamily.of(checkpoint.config().type());
            var binder = new Binder(checkpoint, backends, placement, options.activations());
            text = hold.reading(() -> family.text(arena, binder, progress));
            vision = hold.reading(() -> family.vision(arena, binder)).orElse(null);
            passes =
                    new Passes(
                            text,
                            backends,
                            placement,
                            hold,
                            Math.min(options.prefillChunk(), contextLength()));
        } catch (Throwable e) {
            arena.close();
            hold.close();
            throw e;
        }
    }

    /** The checkpoint that the model was bound to. */
    public Checkpoint checkpoint() {
        return checkpoint;
    }

    /** What computes. */
    public Backends backends() {
        return backends;
    }

    /** Which backend computes what. */
    public Placement placement() {
        return placement;
    }

    /** How the model is run. */
    public ModelOptions options() {
        return options;
    }

    /** Whether the model can look at pictures. */
    public boolean canSee() {
        return vision != null;
    }

    /** Most tokens that a session of this model holds. */
    public int contextLength() {
        int most = text.config().maxPositions();
        return options.contextLength() == 0 ? most : Math.min(options.contextLength(), most);
    }

    /** How many logits a token has. */
    public int vocabulary() {
        return text.config().vocabSize();
    }

    /** The id that stands for a row of a picture. */
    public int imageTokenId() {
        return checkpoint.config().imageTokenId();
    }

    /**
     * Rows that the whole picture becomes; 0 if the model cannot see. Crops become {@link
     * #cropFeatures} each.
     */
    public int baseFeatures() {
        return canSee() ? vision.baseFeatures() : 0;
    }

    /** Rows that each crop of a picture becomes; 0 if the model cannot see. */
    public int cropFeatures() {
        return canSee() ? vision.cropFeatures() : 0;
    }

    /** Rows, and so image tokens, that a picture becomes in all. */
    public int imageFeatures(PlannedImage image) {
        return vision.features(image);
    }

    /**
     * Decodes the pictures that reading a prompt will look at, so that a damaged one is told now.
     *
     * @param cached how many leading tokens of the prompt a cache holds
     * @throws io.step3.image.InvalidImageException if one is damaged
     */
    public void prepare(Prompt prompt, int cached) {
        PromptFeatures.prepare(this, prompt, cached);
    }

    /**
     * Looks at a picture.
     *
     * @param owner owner of the result
     * @param stop asked between layers, true to end it
     * @return float32 {@code [imageFeatures, hidden]}: the crops in order, then the whole picture
     * @throws io.step3.checkpoint.CheckpointException if a file of the checkpoint is lost
     * @throws IllegalStateException if the model is closed, also while it looks
     */
    public MemorySegment look(Arena owner, ProcessedImage image, BooleanSupplier stop) {
        Buffer seen = lookInto(owner, image, () -> endIf(stop));
        MemorySegment features = owner.allocate(seen.bytes(), Float.BYTES);
        try (Stream own = backends.at(placement.embedding()).newStream()) {
            own.read(features, seen);
        }
        return features;
    }

    /** Throws where somebody asked to stop. */
    static void endIf(BooleanSupplier stop) {
        if (stop.getAsBoolean()) {
            throw new CancellationException("cancelled");
        }
    }

    /** As {@link #look}, where the embedding lies; {@code check} throws to end it. */
    Buffer lookInto(Arena owner, ProcessedImage image, Runnable check) {
        looking.readLock().lock();
        try {
            requireOpen();
            if (placement.vision() == placement.embedding()) {
                return see(owner, image, check);
            }
            try (Arena temporary = Arena.ofConfined()) {
                return carry(owner, see(temporary, image, check));
            }
        } finally {
            looking.readLock().unlock();
        }
    }

    /** What the tower makes of a picture, where the tower is. */
    private Buffer see(Arena owner, ProcessedImage image, Runnable check) {
        return hold.reading(
                () ->
                        vision.look(
                                owner,
                                image,
                                () -> {
                                    check.run();
                                    requireOpen();
                                }));
    }

    /** Brings what the tower made to where the embedding is. */
    private Buffer carry(Arena owner, Buffer seen) {
        Backend embedding = backends.at(placement.embedding());
        Buffer features = embedding.allocate(owner, seen.bytes());
        try (Stream from = backends.at(placement.vision()).newStream();
                Stream to = embedding.newStream()) {
            to.write(features, from.view(seen));
            to.await();
        }
        return features;
    }

    /** Starts an empty sequence with its own cache of {@link #contextLength} tokens. */
    public Sequence newSequence() {
        synchronized (sequences) {
            requireOpen();
            Sequence sequence = new Sequence(this, contextLength());
            sequences.add(sequence);
            return sequence;
        }
    }

    /** Starts an empty sequence that computes by itself. */
    public Session newSession() {
        return new Session(this);
    }

    /**
     * One forward pass over the next tokens of some sequences, as if each were computed alone: the
     * weights are read once for all of them. Appends their keys and values, moves the sequences on,
     * and leaves the logits where the spans say. Passes wait for one another.
     *
     * <p>Where it throws, no sequence has moved. A row's numbers are to the bit those that it has
     * alone, but for native code with fp8 weights: there a pass of one row scales sums, and a pass
     * of more scales weights, which moves a logit by less than 1e-5 of the largest.
     *
     * @param spans of different sequences of this model, at least one
     * @throws ArithmeticException if the network computes NaN
     * @throws io.step3.checkpoint.CheckpointException if a file of the checkpoint is lost: the
     *     model is then of no use any more
     * @throws IllegalArgumentException if two spans are of one sequence, or one is of another model
     * @throws IllegalStateException if a sequence or the model is closed
     */
    public void step(List<Span> spans) {
        passes.alone(
                () -> {
                    requireOpen();
                    check(spans);
                    passes.compute(spans);
                });
    }

    private void check(List<Span> spans) {
        for (Span span : spans) {
            span.sequence().requireOpen();
            int same = 0;
            for (Span other : spans) {
                same += other.sequence() == span.sequence() ? 1 : 0;
            }
            if (same > 1
                    || !span.sequence().isOf(this)
                    || span.position() != span.sequence().position()) {
                throw new IllegalArgumentException(
                        "a pass takes one span of each sequence, made for where it stands now");
            }
        }
    }

    /** Runs what must not happen during a pass. */
    void alone(Runnable action) {
        passes.alone(action);
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the model is closed");
        }
    }

    TextModel text() {
        return text;
    }

    VisionTower vision() {
        return vision;
    }

    void check(int token) {
        if (token < 0 || token >= vocabulary()) {
            throw new IllegalArgumentException(
                    "token id %d is outside the vocabulary of %d: do tokenizer.json and config.json"
                                    .formatted(token, vocabulary())
                            + " belong together?");
        }
    }

    void check(Prompt prompt) {
        int placeholders = 0;
        for (int i = 0; i < prompt.length(); i++) {
            check(prompt.id(i));
            if (prompt.id(i) == imageTokenId()) {
                placeholders++;
            }
        }
        if (prompt.images().isEmpty()) {
            return; // the embedding of a lone image token is a word like any other
        }
        if (!canSee()) {
            throw new IllegalArgumentException(
                    "this checkpoint has no vision tower: ask without a picture");
        }
        int rows = 0;
        for (PlannedImage image : prompt.images()) {
            rows += imageFeatures(image);
        }
        if (rows != placeholders) {
            throw new IllegalArgumentException(
                    "%d pictures become %d rows, but the prompt has %d image tokens"
                            .formatted(prompt.images().size(), rows, placeholders));
        }
    }

    void forget(Sequence sequence) {
        synchronized (sequences) {
            sequences.remove(sequence);
        }
    }

    /**
     * Ends what is computed, which then fails with an {@link IllegalStateException}, closes all
     * sequences, and frees the model's own memory. A pass, or a layer of a picture, that is in work
     * is waited for.
     */
    @Override
    public void close() {
        List<Sequence> open;
        synchronized (sequences) {
            closed = true;
            open = List.copyOf(sequences);
        }
        open.forEach(Sequence::close);
        passes.close();
        looking.writeLock().lock();
        try {
            if (arena.scope().isAlive()) {
                arena.close();
                hold.close();
            }
        } finally {
            looking.writeLock().unlock();
        }
    }
}
