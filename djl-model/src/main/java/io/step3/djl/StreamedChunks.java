package io.step3.djl;

import ai.djl.ndarray.NDList;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatStream;
import java.util.Iterator;
import java.util.stream.Stream;

/** The chunks in a stream of lists. Closing it closes the predictor's context too. */
final class StreamedChunks implements ChatStream {

    private final Stream<NDList> lists;
    private final Iterator<NDList> iterator;

    StreamedChunks(Stream<NDList> lists) {
        this.lists = lists;
        this.iterator = lists.iterator();
    }

    @Override
    public boolean hasNext() {
        return iterator.hasNext();
    }

    @Override
    public ChatChunk next() {
        return Step3Block.unwrap(iterator.next(), ChatChunk.class);
    }

    @Override
    public void close() {
        lists.close();
    }
}
