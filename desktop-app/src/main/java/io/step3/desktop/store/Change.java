package io.step3.desktop.store;

/** What has changed on the disk. Told after the commit, on a thread of the store. */
public sealed interface Change {

    /**
     * The list of conversations and folders: one came, went, moved, or has a new title, pin or
     * time.
     */
    record ConversationList() implements Change {}

    /** The fields of a conversation other than its messages. */
    record Conversation(long id) implements Change {}

    /**
     * The messages of a conversation, or which branch is shown; not told for each piece of a
     * streamed answer.
     */
    record Messages(long conversationId) implements Change {}

    /** The presets. */
    record Presets() implements Change {}

    /** A setting. */
    record Setting(String key) implements Change {}

    /**
     * Streamed pieces or drafts could not be written; they are kept in memory and tried again every
     * second.
     */
    record SavingFails(StoreException why) implements Change {}

    /** What could not be written is now on the disk. */
    record SavingWorks() implements Change {}
}
