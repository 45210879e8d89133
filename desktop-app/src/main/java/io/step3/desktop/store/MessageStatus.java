package io.step3.desktop.store;

/** How far a message is. Only the model's messages are ever anything but {@link #COMPLETE}. */
public enum MessageStatus {
    /** Being written now. */
    STREAMING,
    /** Ended by itself. */
    COMPLETE,
    /** Stopped by the person; what came is kept. */
    STOPPED,
    /** The program ended while it streamed; what came is kept. */
    INTERRUPTED,
    /** Ended by an error, which the message tells; what came is kept. */
    FAILED
}
