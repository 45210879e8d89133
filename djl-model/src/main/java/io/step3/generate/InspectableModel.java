package io.step3.generate;

import io.step3.chat.Cancellation;
import io.step3.chat.ChatModel;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatStream;
import io.step3.image.ImageTokens;
import io.step3.model.ForwardObserver;
import java.util.Optional;

/**
 * A {@link ChatModel} that computes in this process and can be watched: which experts it asks,
 * where it looks, how long each part takes. A remote model is none.
 */
public interface InspectableModel extends ChatModel {

    /** What it looks like inside. */
    ModelShape shape();

    /** How its tokens read. */
    TokenTexts tokenTexts();

    /** How many tokens a picture becomes; empty if the model cannot see. */
    Optional<ImageTokens> imageTokens();

    @Override
    default ChatStream chat(ChatRequest request, Cancellation cancellation) {
        return chat(request, cancellation, ForwardObserver.NONE);
    }

    /**
     * As {@link ChatModel#chat(ChatRequest, Cancellation)}, watched.
     *
     * @param observer sees every forward pass of this answer, in the thread that computes it
     */
    ChatStream chat(ChatRequest request, Cancellation cancellation, ForwardObserver observer);
}
