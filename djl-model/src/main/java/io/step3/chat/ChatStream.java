package io.step3.chat;

import java.util.Iterator;

/**
 * An answer while it is being written: whoever iterates computes it, chunk by chunk, up to and with
 * one chunk of type {@link ChatChunk.Type#DONE}.
 *
 * <p>For one thread at a time; {@link #close} may come from any thread.
 */
public interface ChatStream extends Iterator<ChatChunk>, AutoCloseable {

    /** Stops writing, if it has not ended, and frees what it holds. A second call does nothing. */
    @Override
    void close();
}
