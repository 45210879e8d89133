package io.step3.djl;

import ai.djl.inference.streaming.StreamingTranslator;
import ai.djl.ndarray.NDList;
import ai.djl.translate.Batchifier;
import ai.djl.translate.TranslatorContext;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A question in, the answer without its reasoning out. {@code predict} gives it whole; of {@code
 * streamingPredict} every call of {@code getIterativeOutput} gives the next piece as soon as it is
 * written, and an empty text when there is no more:
 *
 * <pre>{@code
 * var answer = predictor.streamingPredict("What is 12 + 7?");
 * for (String piece; !(piece = answer.getIterativeOutput()).isEmpty(); ) System.out.print(piece);
 * }</pre>
 */
final class TextTranslator implements StreamingTranslator<String, String> {

    @Override
    public NDList processInput(TranslatorContext context, String question) {
        return Step3Block.wrap(ChatRequest.user(question));
    }

    @Override
    public String processOutput(TranslatorContext context, NDList list) {
        return Step3Block.unwrap(list, ChatResponse.class).complete().answer();
    }

    @Override
    public StreamOutput<String> processStreamOutput(
            TranslatorContext context, Stream<NDList> lists) {
        var chunks = new StreamedChunks(lists);
        return new StreamOutput<>() {
            private boolean begun;

            @Override
            public String getIterativeOutputInternal() {
                while (chunks.hasNext()) {
                    ChatChunk chunk = chunks.next();
                    String text = chunk.type() == ChatChunk.Type.ANSWER ? chunk.text() : "";
                    // The answer begins with its first word, as predict's does.
                    String piece = begun ? text : text.stripLeading();
                    if (!piece.isEmpty()) {
                        begun = true;
                        return piece;
                    }
                }
                chunks.close();
                return "";
            }

            @Override
            protected String buildAsyncOutput() {
                throw new UnsupportedOperationException(
                        "a text cannot grow: ask for the iterative output");
            }

            @Override
            protected void computeAsyncOutputInternal(String output) {
                throw new UnsupportedOperationException("there is no asynchronous output");
            }
        };
    }

    @Override
    public Support getSupport() {
        return Support.ITERATIVE;
    }

    /** A question is no tensor: there is nothing to stack. */
    @Override
    public @Nullable Batchifier getBatchifier() {
        return null;
    }
}
