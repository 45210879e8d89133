package io.step3.desktop.model;

import io.step3.chat.Ability;
import io.step3.chat.Cancellation;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatStream;
import io.step3.chat.FinishReason;
import io.step3.chat.Timings;
import io.step3.chat.Usage;
import io.step3.generate.InspectableModel;
import io.step3.generate.ModelShape;
import io.step3.generate.TokenTexts;
import io.step3.image.ImageDecoder;
import io.step3.image.ImagePlan;
import io.step3.image.ImageTokenIds;
import io.step3.image.ImageTokens;
import io.step3.model.ForwardObserver;
import io.step3.model.Routing;
import io.step3.model.Stage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A model that says what a test wrote, a piece a token, as fast as the test lets it. */
public final class ScriptedModel implements InspectableModel {

    private static final int PICTURE = 1_000_000;
    private static final ImageTokens PICTURE_TOKENS = new ImageTokens(169, 81);
    private static final ImageTokenIds PICTURE_IDS = new ImageTokenIds(1, 2, 3, 4, 5, PICTURE);

    /** Texts of its tokens; the first stand around pictures. */
    private final List<String> vocabulary =
            new ArrayList<>(
                    List.of(
                            "<|BOT|>",
                            "<patch_start>",
                            "<patch_end>",
                            "<patch_newline>",
                            "<im_start>",
                            "<im_end>"));

    private final List<String> reasoning;
    private final List<String> answer;
    private final boolean sees;
    private final int context;

    /** What was asked. */
    public final List<ChatRequest> requests = new ArrayList<>();

    /** Tokens that it may still write. */
    public final Semaphore allowed = new Semaphore(0);

    /** Whether it was closed, and whether an answer was not at its end then. */
    public volatile boolean closed;

    public volatile boolean closedWhileWriting;
    private volatile boolean writing;

    /** What it throws instead of the first piece, or null. */
    public RuntimeException failure;

    /** The same, for what is worse. */
    public Error error;

    public ScriptedModel(List<String> reasoning, List<String> answer, boolean sees, int context) {
        this.reasoning = reasoning;
        this.answer = answer;
        this.sees = sees;
        this.context = context;
    }

    @Override
    public String name() {
        return "Step3 (scripted)";
    }

    @Override
    public OptionalInt contextLength() {
        return OptionalInt.of(context);
    }

    @Override
    public Set<Ability> abilities() {
        return sees
                ? Set.of(Ability.THINK, Ability.CONTINUE, Ability.SEE)
                : Set.of(Ability.THINK, Ability.CONTINUE);
    }

    @Override
    public Optional<ImageTokens> imageTokens() {
        return sees ? Optional.of(PICTURE_TOKENS) : Optional.empty();
    }

    @Override
    public ModelShape shape() {
        return new ModelShape(
                24, IntStream.rangeClosed(2, 22).boxed().toList(), 32, 3, 24L * 2 * 64 * 4);
    }

    @Override
    public TokenTexts tokenTexts() {
        return new TokenTexts(PICTURE, vocabulary::get);
    }

    private int token(String text) {
        vocabulary.add(text);
        return vocabulary.size() - 1;
    }

    /** Ten tokens and those of the pictures. */
    private int[] prompt(ChatRequest request) {
        String[] said = request.messages().getLast().text().split("(?<=\\s)");
        IntStream words =
                IntStream.range(0, 10).map(i -> i == 0 || i > said.length ? 0 : token(said[i - 1]));
        IntStream pictures =
                request.images().stream()
                        .map(image -> new ImageDecoder().decode(image.bytes(), image.name()))
                        .flatMapToInt(
                                image ->
                                        IntStream.of(
                                                PICTURE_TOKENS.ids(
                                                        ImagePlan.of(image.width(), image.height()),
                                                        PICTURE_IDS)));
        return IntStream.concat(words, pictures).toArray();
    }

    @Override
    public OptionalInt promptTokens(ChatRequest request) {
        int words =
                request.messages().stream().mapToInt(m -> 4 + m.text().split("\\s+").length).sum();
        int pictures =
                request.images().stream()
                        .map(image -> new ImageDecoder().plan(image.bytes(), image.name()))
                        .mapToInt(PICTURE_TOKENS::count)
                        .sum();
        return OptionalInt.of(words + written(request) + pictures);
    }

    /** How many of its pieces a request has already. */
    private int written(ChatRequest request) {
        String begun = request.begun().reasoning() + request.begun().answer().orElse("");
        StringBuilder text = new StringBuilder();
        int pieces = 0;
        for (String piece : Stream.concat(reasoning.stream(), answer.stream()).toList()) {
            if (text.length() < begun.length()) {
                text.append(piece);
                pieces++;
            }
        }
        if (!text.toString().equals(begun)) {
            throw new IllegalArgumentException("this is nothing that it wrote: " + begun);
        }
        return pieces;
    }

    @Override
    public ChatStream chat(
            ChatRequest request, Cancellation cancellation, ForwardObserver observer) {
        requests.add(request);
        int[] ids = prompt(request);
        int begun = written(request);
        int prompt = ids.length + begun;
        writing = true;
        return new ChatStream() {
            private int at = begun;
            private boolean done;

            @Override
            public boolean hasNext() {
                return !done;
            }

            @Override
            public ChatChunk next() {
                if (error != null) {
                    throw error;
                }
                if (failure != null) {
                    throw failure;
                }
                if (at == begun) {
                    observer.tokens(0, ids);
                    observer.spent(Stage.VISION, request.images().size() * 85_000_000L);
                }
                int all = reasoning.size() + answer.size();
                while (at < all && !cancellation.isCancelled() && !tryOne()) {
                    // The test holds it back.
                }
                if (at == all || cancellation.isCancelled()) {
                    done = true;
                    return ChatChunk.done(
                            at == all ? FinishReason.STOP : FinishReason.CANCELLED,
                            new Usage(
                                    prompt,
                                    0,
                                    Math.max(0, Math.min(at, reasoning.size()) - begun),
                                    at - begun),
                            new Timings(Duration.ofMillis(120), 42.5));
                }
                pass(observer, ids.length + at - 1);
                int i = at++;
                boolean thinks = i < reasoning.size();
                String text = thinks ? reasoning.get(i) : answer.get(i - reasoning.size());
                observer.tokens(ids.length + i, token(text));
                return thinks ? ChatChunk.reasoning(text) : ChatChunk.answer(text);
            }

            @Override
            public void close() {
                writing = false;
            }
        };
    }

    private boolean tryOne() {
        try {
            return allowed.tryAcquire(5, java.util.concurrent.TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void pass(ForwardObserver observer, int position) {
        ModelShape shape = shape();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment none = arena.allocate(4);
            observer.embedded(position, 1, none);
            MemorySegment ids = arena.allocate(ValueLayout.JAVA_INT, shape.topK());
            MemorySegment probabilities = arena.allocate(ValueLayout.JAVA_FLOAT, shape.experts());
            MemorySegment query =
                    arena.allocateFrom(ValueLayout.JAVA_FLOAT, (float) Math.sqrt(2), 0);
            MemorySegment keys = arena.allocate(8L * (position + 1), 4);
            for (int i = 0; i <= position; i++) {
                keys.setAtIndex(ValueLayout.JAVA_FLOAT, 2L * i, score(i, position));
            }
            for (int layer = 0; layer < shape.layers(); layer++) {
                observer.spent(Stage.ATTENTION, 120_000);
                observer.spent(Stage.EXPERTS, 310_000);
                observer.attended(layer, position, 1, query, keys);
                if (shape.moeLayers().contains(layer)) {
                    for (int k = 0; k < shape.topK(); k++) {
                        int expert =
                                Math.floorMod(position * (7 + 5 * k) + layer * 3 + k * k * 11, 32)
                                        / (k + 1);
                        ids.setAtIndex(ValueLayout.JAVA_INT, k, (expert + k * 9) % 32);
                        probabilities.setAtIndex(
                                ValueLayout.JAVA_FLOAT, (expert + k * 9) % 32, 0.25f);
                    }
                    observer.routed(new Routing(layer, position, 1, ids, none, probabilities));
                }
                observer.layer(layer, position, 1, none);
            }
            observer.logits(position, 1, none);
            observer.spent(Stage.HEAD, 900_000);
            observer.spent(Stage.SAMPLING, 200_000);
        }
    }

    /** High around a place that wanders over the rows of 13, else between 0 and 2. */
    private static float score(int key, int position) {
        double x = key % 13 - 6 - 3 * Math.cos(position * 0.3);
        double y = key / 13 % 13 - 6 - 3 * Math.sin(position * 0.3);
        return (float) (5 * Math.exp(-(x * x + y * y) / 6) + key * 7 % 11 * 0.2);
    }

    @Override
    public void close() {
        closed = true;
        closedWhileWriting = writing;
    }
}
