package io.step3.generate;

import io.step3.chat.Ability;
import io.step3.chat.Cancellation;
import io.step3.chat.ChatMessage;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatStream;
import io.step3.chat.ChatTemplate;
import io.step3.chat.ContextOverflowException;
import io.step3.chat.ForcedCall;
import io.step3.chat.OutputParser;
import io.step3.chat.Role;
import io.step3.chat.SamplingOptions;
import io.step3.chat.Tokenizer;
import io.step3.chat.ToolDefinition;
import io.step3.checkpoint.Checkpoint;
import io.step3.checkpoint.CheckpointException;
import io.step3.checkpoint.GenerationConfig;
import io.step3.checkpoint.TextConfig;
import io.step3.image.ImageTokens;
import io.step3.model.Backends;
import io.step3.model.ForwardObserver;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import io.step3.model.Prompt;
import io.step3.model.Session;
import io.step3.model.Step3Model;
import io.step3.ops.Backend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A loaded Step3 checkpoint that chats: network, tokenizer, chat template and image pipeline.
 *
 * <pre>{@code
 * try (Step3 step3 = Step3.load(Path.of("checkpoint"));
 *         ChatStream answer = step3.chat(ChatRequest.user("What is this?", picture))) {
 *     answer.forEachRemaining(chunk -> System.out.print(chunk.text()));
 * }
 * }</pre>
 *
 * <p>Threads may share one. Answers that are read at the same time are computed together, a token
 * of each in one pass, and what was computed is kept between requests so that a conversation's next
 * turn computes only what is new.
 */
public final class Step3 implements InspectableModel {

    private static final String THINK_END = "</think>";

    private final String name;
    private final Resources resources;
    private final Step3Model model;
    private final Tokenizer tokenizer;
    private final ChatTemplate template;
    private final PromptBuilder prompts;
    private final Scheduler scheduler;

    /** Null until somebody asks: a cold program would pay for templates that it does not need. */
    private volatile @Nullable Set<Ability> abilities;

    private Step3(
            String name,
            Resources resources,
            Step3Model model,
            Tokenizer tokenizer,
            ChatTemplate template) {
        this.name = name;
        this.resources = resources;
        this.model = model;
        this.tokenizer = tokenizer;
        this.template = template;
        this.prompts = new PromptBuilder(model, tokenizer, template);
        this.scheduler = resources.add(new Scheduler(model, model.options().cacheBytes()));
    }

    /**
     * Opens a checkpoint folder in the published layout.
     *
     * @throws CheckpointException if it is no checkpoint that Step3 can use; the message names the
     *     file or tensor and what to do
     */
    public static Step3 load(Path folder) {
        return load(folder, ModelOptions.DEFAULT, LoadProgress.NONE);
    }

    /** As {@link #load(Path)}, with options and with progress. */
    public static Step3 load(Path folder, ModelOptions options, LoadProgress progress) {
        return load(nameOf(folder), folder, options, progress);
    }

    /** As {@link #load(Path)}, with a {@link #name} other than the folder's. */
    public static Step3 load(
            String name, Path folder, ModelOptions options, LoadProgress progress) {
        Resources resources = new Resources();
        try {
            Hardware hardware = Hardware.find(options, resources);
            return load(name, folder, options, progress, hardware, resources);
        } catch (Throwable e) {
            resources.close();
            throw e;
        }
    }

    /** As {@link #load(Path)}, with a backend for everything that stays the caller's. */
    public static Step3 load(Path folder, ModelOptions options, Backend backend) {
        return load(folder, options, new Backends(backend), 0);
    }

    /**
     * As {@link #load(Path)}, with backends that stay the caller's, shared as {@link
     * ModelOptions#placement} says.
     *
     * @param freeDevice bytes that are free on the second of them
     * @throws io.step3.model.DeviceTooSmallException if the placement that is asked for does not
     *     fit it
     */
    public static Step3 load(
            Path folder, ModelOptions options, Backends backends, long freeDevice) {
        Resources resources = new Resources();
        try {
            var hardware = new Hardware(backends, freeDevice, null);
            return load(nameOf(folder), folder, options, LoadProgress.NONE, hardware, resources);
        } catch (Throwable e) {
            resources.close();
            throw e;
        }
    }

    private static String nameOf(Path folder) {
        Path last = folder.toAbsolutePath().normalize().getFileName();
        return last == null ? folder.toString() : last.toString();
    }

    private static Step3 load(
            String name,
            Path folder,
            ModelOptions options,
            LoadProgress progress,
            Hardware hardware,
            Resources resources) {
        Checkpoint checkpoint = resources.add(Checkpoint.open(folder));
        ChatTemplate template = template(folder);
        Step3Model model = resources.add(hardware.bind(checkpoint, options, progress));
        Tokenizer tokenizer = resources.add(tokenizer(folder));
        if (tokenizer.vocabularySize() > model.vocabulary()) {
            throw new CheckpointException(
                    "%s has %d tokens, but vocab_size in config.json is %d: copy both from one checkpoint"
                            .formatted(
                                    folder.resolve("tokenizer.json"),
                                    tokenizer.vocabularySize(),
                                    model.vocabulary()));
        }
        return new Step3(name, resources, model, tokenizer, template);
    }

    private static ChatTemplate template(Path folder) {
        try {
            return ChatTemplate.load(folder);
        } catch (IOException e) {
            throw new CheckpointException(e.getMessage(), e);
        }
    }

    private static Tokenizer tokenizer(Path folder) {
        try {
            return Tokenizer.load(folder);
        } catch (IOException e) {
            throw new CheckpointException(e.getMessage(), e);
        }
    }

    /** The network. */
    public Step3Model model() {
        return model;
    }

    /** The tokenizer. */
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    /** How requests become prompts. */
    public PromptBuilder prompts() {
        return prompts;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public OptionalInt contextLength() {
        return OptionalInt.of(model.contextLength());
    }

    @Override
    public Set<Ability> abilities() {
        Set<Ability> known = abilities;
        if (known == null) {
            known = Abilities.of(template, model.canSee());
            abilities = known;
        }
        return known;
    }

    @Override
    public ModelShape shape() {
        TextConfig text = model.checkpoint().config().text();
        return new ModelShape(
                text.numHiddenLayers(),
                List.copyOf(text.moeLayers()),
                text.moeNumExperts(),
                text.moeTopK(),
                model.options().cacheBytesPerToken(text));
    }

    @Override
    public TokenTexts tokenTexts() {
        return new TokenTexts(
                model.canSee() ? model.imageTokenId() : -1,
                id -> tokenizer.decode(new int[] {id}, false));
    }

    @Override
    public Optional<ImageTokens> imageTokens() {
        return model.canSee()
                ? Optional.of(new ImageTokens(model.baseFeatures(), model.cropFeatures()))
                : Optional.empty();
    }

    @Override
    public OptionalInt promptTokens(ChatRequest request) {
        scheduler.checkOpen();
        requireContent(request);
        return OptionalInt.of(prompt(request, prompts.ids(request)).length());
    }

    private static void requireContent(ChatRequest request) {
        ChatMessage last = request.messages().getLast();
        // A tool may have nothing to say, and wants an answer all the same.
        if (last.role() != Role.TOOL && last.text().isBlank() && last.images().isEmpty()) {
            throw new IllegalArgumentException("the last message is empty: say or show something");
        }
    }

    private Prompt prompt(ChatRequest request, PromptBuilder.Ids ids) {
        return prompts.place(ids.ids(), prompts.plan(request.images()));
    }

    /**
     * {@inheritDoc}
     *
     * <p>Nothing is computed before the first chunk is asked for, but the request is checked. From
     * then on the answer is computed by whoever waits for a chunk, of this answer or of another:
     * while others wait it may be some chunks ahead of its reader, and no further. Where this Step3
     * wrote the request's {@link io.step3.chat.BegunReply} last, its cache is still there and next
     * to nothing is computed again. Where the memory of caches is short, an answer may wait for
     * older ones, and read again what it has lost.
     *
     * @param observer sees the rows of this answer in every forward pass, in the thread that
     *     computes it; it must not wait for an answer of this Step3 itself
     * @throws io.step3.image.InvalidImageException if a picture cannot be used
     * @throws ContextOverflowException if the prompt does not fit the context
     */
    @Override
    public ChatStream chat(
            ChatRequest request, Cancellation cancellation, ForwardObserver observer) {
        scheduler.checkOpen();
        requireContent(request);
        prompts.refuseFarTooLong(request);
        PromptBuilder.Ids ids = prompts.ids(request);
        Prompt prompt = prompt(request, ids);
        if (prompt.length() > model.contextLength()) {
            throw new ContextOverflowException(prompt.length(), model.contextLength());
        }
        if (!prompt.images().isEmpty()) {
            model.prepare(prompt, scheduler.shared(prompt));
        }
        SamplingOptions sampling = request.sampling();
        GenerationConfig defaults = model.checkpoint().generation();
        var settings = SamplingSettings.of(sampling, defaults);
        var sampler = new Sampler(settings, model.vocabulary(), prompt.ids());
        int[] begun =
                Arrays.copyOfRange(ids.ids(), ids.ids().length - ids.begun(), ids.ids().length);
        Arrays.stream(begun).forEach(sampler::count);
        var parser = OutputParser.continuing(ids.opensThought(), request.begun(), request.tools());
        int budget = sampling.thinkBudget() != null ? sampling.thinkBudget() : Integer.MAX_VALUE;
        int thought = parser.inReasoning() ? begun.length : 0;
        var end = new ThinkBudget(tokenizer.encode(THINK_END), Math.max(0, budget - thought));
        int least = sampling.minTokens() != null ? sampling.minTokens() : 0;
        int most =
                sampling.maxTokens() != null
                        ? sampling.maxTokens()
                        : defaults.maxNewTokens().orElse(Integer.MAX_VALUE);
        // The last token is never read, so that it needs no place.
        int room = model.contextLength() - prompt.length() + 1;
        ForwardObserver careful = CarefulObserver.of(observer);
        var decoding =
                new Decoding(
                        new TokenWriter(sampler, defaults.ids().eos(), least, most, room),
                        tokenizer.detokenizer(false),
                        parser,
                        end,
                        new ForcedOpening(opening(request)),
                        sampling.logprobs() != null
                                ? new LogprobReport(tokenizer, sampling.logprobs())
                                : null,
                        sampling,
                        request.begun(),
                        prompt.length(),
                        careful);
        return new Answer(scheduler, new Task(model, prompt, decoding, careful, cancellation));
    }

    private int[] opening(ChatRequest request) {
        ForcedCall forced = request.sampling().forcedCall();
        if (forced == null) {
            return new int[0];
        }
        List<String> names = request.tools().stream().map(ToolDefinition::name).toList();
        if (names.isEmpty()) {
            throw new IllegalArgumentException("a tool is to be called, but there are no tools");
        }
        forced.tool()
                .filter(name -> !names.contains(name))
                .ifPresent(
                        name -> {
                            throw new IllegalArgumentException(
                                    "the tool \"%s\" is to be called, but it is not among the tools"
                                            .formatted(name));
                        });
        Optional<String> name = names.size() == 1 ? Optional.of(names.getFirst()) : forced.tool();
        return tokenizer.encode(OutputParser.openingOfCall(name));
    }

    /**
     * Starts greedy decoding without any text: for tests and for looking into the network.
     *
     * @param count tokens to write; end tokens are written like others
     */
    public int[] greedy(Prompt prompt, int count) {
        try (Session session = model.newSession()) {
            float[] logits = new float[model.vocabulary()];
            int[] written = new int[count];
            for (int i = 0; i < count; i++) {
                if (i == 0) {
                    session.read(prompt, () -> false, ForwardObserver.NONE);
                } else if (session.position() < session.capacity()) {
                    session.append(written[i - 1], ForwardObserver.NONE);
                } else {
                    return Arrays.copyOf(written, i);
                }
                session.logits(logits);
                written[i] = Sampler.argmax(logits);
            }
            return written;
        }
    }

    /**
     * Ends all answers with {@code CANCELLED}, closes their caches, frees the native memory and
     * unmaps the checkpoint.
     */
    @Override
    public void close() {
        resources.close();
    }
}
