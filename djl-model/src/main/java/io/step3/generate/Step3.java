package io.step3.generate;

import io.step3.chat.ChatMessage;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatStream;
import io.step3.chat.ChatTemplate;
import io.step3.chat.OutputParser;
import io.step3.chat.SamplingOptions;
import io.step3.chat.Tokenizer;
import io.step3.checkpoint.Checkpoint;
import io.step3.checkpoint.GenerationConfig;
import io.step3.model.Cancellation;
import io.step3.model.ForwardObserver;
import io.step3.model.ModelOptions;
import io.step3.model.Prompt;
import io.step3.model.Session;
import io.step3.model.Step3Model;
import io.step3.ops.KernelLoader;
import io.step3.ops.Kernels;
import java.nio.file.Path;
import java.util.List;

/**
 * A Step3 ready to talk: everything that a checkpoint folder holds.
 *
 * <pre>{@code
 * try (Step3 step3 = Step3.load(Path.of("checkpoint"));
 *         ChatStream answer = step3.chat(ChatRequest.user("What is this?", picture))) {
 *     answer.forEachRemaining(chunk -> System.out.print(chunk.text()));
 * }
 * }</pre>
 *
 * <p>Threads may share one; each answer has a session of its own, and sessions are kept between
 * requests so that a conversation's next turn computes only what is new.
 */
public final class Step3 implements AutoCloseable {

    /** Caches kept for the next turn of as many conversations. */
    private static final int IDLE_SESSIONS = 4;

    private static final String THINK = "<think>";
    private static final String THINK_END = "</think>";

    private final Kernels kernels;
    private final Step3Model model;
    private final Tokenizer tokenizer;
    private final PromptBuilder prompts;
    private final SessionPool sessions;

    private Step3(Kernels kernels, Step3Model model, Tokenizer tokenizer, ChatTemplate template) {
        this.kernels = kernels;
        this.model = model;
        this.tokenizer = tokenizer;
        this.prompts = new PromptBuilder(model, tokenizer, template);
        this.sessions = new SessionPool(model, IDLE_SESSIONS);
    }

    /**
     * Opens a checkpoint folder in the published layout.
     *
     * @throws io.step3.checkpoint.CheckpointException if it is no checkpoint that Step3 can use; the
     *     message names the file or tensor and what to do
     */
    public static Step3 load(Path folder) {
        return load(folder, ModelOptions.DEFAULT, LoadProgress.NONE);
    }

    /** As {@link #load(Path)}, with options and with progress. */
    public static Step3 load(Path folder, ModelOptions options, LoadProgress progress) {
        try (var opened = new Opened()) {
            Checkpoint checkpoint = opened.add(Checkpoint.open(folder));
            Kernels kernels = KernelLoader.load().kernels();
            if (kernels instanceof AutoCloseable closeable) {
                opened.add(closeable);
            }
            Step3Model model =
                    opened.add(new Step3Model(checkpoint, kernels, options, progress::moved));
            Tokenizer tokenizer = opened.add(Tokenizer.load(folder));
            ChatTemplate template = ChatTemplate.load(folder);
            if (tokenizer.vocabularySize() > model.vocabulary()) {
                throw new io.step3.checkpoint.CheckpointException(
                        "%s has tokens up to %d, but config.json says vocab_size %d: they do not belong together, copy both from one checkpoint"
                                .formatted(
                                        folder.resolve("tokenizer.json"),
                                        tokenizer.vocabularySize() - 1,
                                        model.vocabulary()));
            }
            Step3 step3 = new Step3(kernels, model, tokenizer, template);
            opened.keep();
            return step3;
        }
    }
}
