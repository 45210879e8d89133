package io.step3.desktop.model;

import io.step3.chat.ChatRequest;
import io.step3.chat.ChatStream;
import io.step3.checkpoint.BundledCheckpoint;
import io.step3.checkpoint.CheckpointException;
import io.step3.checkpoint.TextConfig;
import io.step3.generate.Step3;
import io.step3.image.ImagePlan;
import io.step3.image.ImageTokens;
import io.step3.model.Cancellation;
import io.step3.model.ForwardObserver;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A checkpoint in this program's memory. */
public final class LocalModel implements ChatModel {

    private final String name;
    private final Step3 step3;

    private LocalModel(String name, Step3 step3) {
        this.name = name;
        this.step3 = step3;
    }

    /**
     * Loads a model.
     *
     * @throws CheckpointException if that is not possible, saying why
     */
    public static LocalModel load(ModelChoice choice, LoadProgress progress) {
        return new LocalModel(
                choice.name(), Step3.load(folder(choice), ModelOptions.DEFAULT, progress));
    }

    /** Where a model's files lie. */
    static Path folder(ModelChoice choice) {
        return switch (choice) {
            case ModelChoice.Folder(Path path) -> path;
            case ModelChoice.BuiltIn _ ->
                    BundledCheckpoint.folder()
                            .orElseThrow(
                                    () ->
                                            new CheckpointException(
                                                    "this build does not contain Step3-Tiny: choose a checkpoint folder"));
        };
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int contextLength() {
        return step3.model().contextLength();
    }

    @Override
    public Optional<ImageTokens> imageTokens() {
        return step3.model().canSee()
                ? Optional.of(
                        new ImageTokens(step3.model().baseFeatures(), step3.model().cropFeatures()))
                : Optional.empty();
    }

    @Override
    public ModelShape shape() {
        TextConfig text = step3.model().checkpoint().config().text();
        return new ModelShape(
                text.numHiddenLayers(),
                List.copyOf(text.moeLayers()),
                text.moeNumExperts(),
                text.moeTopK(),
                // One key and one value head for all query heads, in float32.
                2L * text.numHiddenLayers() * text.headDim() * Float.BYTES);
    }

    @Override
    public Optional<TokenTexts> tokenTexts() {
        return Optional.of(
                new TokenTexts(
                        canSee() ? step3.model().imageTokenId() : -1,
                        id -> step3.tokenizer().decode(new int[] {id}, false)));
    }

    @Override
    public int promptTokens(ChatRequest request, List<ImagePlan> pictures) {
        int words = step3.prompts().length(request);
        int seen =
                imageTokens()
                        .map(tokens -> pictures.stream().mapToInt(tokens::count).sum())
                        .orElse(0);
        // Each picture stands as one token in the text.
        return words - pictures.size() + seen;
    }

    @Override
    public ChatStream chat(
            ChatRequest request, Cancellation cancellation, ForwardObserver observer) {
        return step3.chat(request, cancellation, observer);
    }

    @Override
    public void close() {
        step3.close();
    }
}
