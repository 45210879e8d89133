package io.step3.djl;

import ai.djl.inference.streaming.StreamingTranslator;
import ai.djl.ndarray.NDList;
import ai.djl.translate.Batchifier;
import ai.djl.translate.TranslatorContext;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Requests in, answers out. {@code predict} gives an answer that is complete; {@code
 * streamingPredict} one that is written while it is iterated.
 */
final class ChatTranslator implements StreamingTranslator<ChatRequest, ChatResponse> {

    @Override
    public NDList processInput(TranslatorContext context, ChatRequest request) {
        return Step3Block.wrap(request);
    }

    @Override
    public ChatResponse processOutput(TranslatorContext context, NDList list) {
        return Step3Block.unwrap(list, ChatResponse.class).complete();
    }

    @Override
    public StreamOutput<ChatResponse> processStreamOutput(
            TranslatorContext context, Stream<NDList> list) {
        return new StreamOutput<>() {
            @Override
            public ChatResponse getIterativeOutputInternal() {
                return ChatResponse.of(new StreamedChunks(list));
            }

            @Override
            protected ChatResponse buildAsyncOutput() {
                return ChatResponse.of(new StreamedChunks(list));
            }

            @Override
            protected void computeAsyncOutputInternal(ChatResponse response) {
                response.complete();
            }
        };
    }

    @Override
    public Support getSupport() {
        return Support.BOTH;
    }

    /** A request is no tensor: there is nothing to stack. */
    @Override
    public @Nullable Batchifier getBatchifier() {
        return null;
    }
}
