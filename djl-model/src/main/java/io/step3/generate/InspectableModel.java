package io.step3.generate;

import io.step3.chat.Cancellation;
import io.step3.chat.ChatModel;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatStream;
import io.step3.image.ImageTokens;
import io.step3.model.ForwardObserver;
import java.util.Optional;

/**
 * A {@link ChatModel} that computes in this process and shows its forward passes: which experts are
 * chosen, what attention weighs, how long each part takes. A remote model cannot.
 */
public interface InspectableModel extends ChatModel {

    /** Its sizes. */
    ModelShape shape();

    /** The text of its tokens. */
    TokenTexts tokenTexts();

    /** How many tokens a picture becomes; empty if the model cannot see. */
    Optional<ImageTokens> imageTokens();

    @Override
    default ChatStream chat(ChatRequest request, Cancellation cancellation) {
        return chat(request, cancellation, ForwardObserver.NONE);
    }

    /**
     * As {@link ChatModel#chat(ChatRequest, Cancellation)}, with an observer.
     *
     * @param observer sees every forward pass of this answer, in the thread that computes it
     */
    ChatStream chat(ChatRequest request, Cancellation cancellation, ForwardObserver observer);
}
