package io.step3.chat;

import java.util.Iterator;

/**
 * An answer while it is being written, chunk by chunk, up to and with one chunk of type {@link
 * ChatChunk.Type#DONE}. {@link #hasNext} and {@link #next} wait for the next chunk; with a local
 * model the thread that waits may be the one that computes it.
 *
 * <p>For one thread at a time; {@link #close} may come from any thread. A stream that fails throws
 * once, as {@link ChatModel} says, and has no more chunks then.
 */
public interface ChatStream extends Iterator<ChatChunk>, AutoCloseable {

    /**
     * Stops writing, if it has not ended, and frees what it holds: who waits for a chunk in another
     * thread waits no more, and finds the stream at its end, with or without a last chunk. A second
     * call does nothing.
     */
    @Override
    void close();
}
