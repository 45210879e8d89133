package io.step3.desktop.model;

import io.step3.chat.ChatRequest;
import io.step3.chat.ChatStream;
import io.step3.image.ImagePlan;
import io.step3.image.ImageTokens;
import io.step3.model.Cancellation;
import io.step3.model.ForwardObserver;
import java.util.List;
import java.util.Optional;

/** A model that is loaded and can answer. Its methods compute: call them on the engine's thread. */
public interface ChatModel extends AutoCloseable {

    /** What the conversations call it. */
    String name();

    /** Most tokens of prompt and answer together. */
    int contextLength();

    /** How many tokens a picture becomes; empty if the model cannot see. */
    Optional<ImageTokens> imageTokens();

    /** Whether it can look at pictures. */
    default boolean canSee() {
        return imageTokens().isPresent();
    }

    /** What it looks like inside. */
    ModelShape shape();

    /**
     * Tokens of a request's prompt.
     *
     * @param pictures how each picture of the request is cut, in order
     */
    int promptTokens(ChatRequest request, List<ImagePlan> pictures);

    /** Answers; see {@link io.step3.generate.Step3#chat}. */
    ChatStream chat(ChatRequest request, Cancellation cancellation, ForwardObserver observer);

    @Override
    void close();
}
