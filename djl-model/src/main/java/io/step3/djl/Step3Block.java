package io.step3.djl;

import ai.djl.inference.streaming.StreamingBlock;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import ai.djl.util.passthrough.PassthroughNDArray;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatModel;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.ChatStream;
import java.util.Iterator;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A block that takes a {@link ChatRequest} and gives a {@link ChatResponse}, or a stream of {@link
 * ChatChunk}s, each as the one opaque array of an {@link NDList}.
 */
final class Step3Block extends AbstractBlock implements StreamingBlock {

    private final ChatModel model;

    Step3Block(ChatModel model) {
        this.model = model;
    }

    static NDList wrap(Object value) {
        return new NDList(new PassthroughNDArray(value));
    }

    static <T> T unwrap(NDList list, Class<T> type) {
        if (list.size() == 1
                && list.head() instanceof PassthroughNDArray array
                && type.isInstance(array.getObject())) {
            return type.cast(array.getObject());
        }
        throw new IllegalArgumentException(
                "a Step3 block takes one %s, wrapped by the translators of Step3TranslatorFactory"
                        .formatted(type.getSimpleName()));
    }

    /** Gives an answer that is still to be written: whoever reads it computes it. */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        return wrap(ChatResponse.of(model.chat(unwrap(inputs, ChatRequest.class))));
    }

    @Override
    public Iterator<NDList> forwardStreamIter(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        return chunks(model.chat(unwrap(inputs, ChatRequest.class)));
    }

    /** As {@link #forwardStreamIter}; closing the stream cancels the generation. */
    @Override
    public Stream<NDList> forwardStream(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        ChatStream chat = model.chat(unwrap(inputs, ChatRequest.class));
        var split = Spliterators.spliteratorUnknownSize(chunks(chat), Spliterator.NONNULL);
        return StreamSupport.stream(split, false).onClose(chat::close);
    }

    private static Iterator<NDList> chunks(ChatStream chat) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return chat.hasNext();
            }

            @Override
            public NDList next() {
                return wrap(chat.next());
            }
        };
    }

    /** There is nothing to initialise: the weights lie in the checkpoint. */
    @Override
    public void initialize(NDManager manager, DataType dataType, Shape... inputShapes) {}

    @Override
    public boolean isInitialized() {
        return true;
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return inputShapes;
    }
}
