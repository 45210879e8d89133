package io.step3.desktop.store;

import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * The list of conversations and what each is set to. Futures fail with a {@link StoreException}.
 */
public final class Conversations {

    private static final int TITLE_LIMIT = 500;

    // A conversation whose folder is deleted lies in none, and is in it again when that is undone.
    private static final String SELECT =
            "SELECT conversation.*, folder.id AS live_folder FROM conversation"
                    + " LEFT JOIN folder ON folder.id = folder_id AND folder.deleted IS NULL"
                    + " WHERE incomplete = 0";

    private final Database database;
    private final DataFolder folder;

    Conversations(Database database, DataFolder folder) {
        this.database = database;
        this.folder = folder;
    }

    /** All that are not deleted: the pinned ones first, then by when something was last said. */
    public CompletableFuture<List<Conversation>> list() {
        return database.read(
                transaction ->
                        transaction.list(
                                Conversations::conversation,
                                SELECT
                                        + " AND conversation.deleted IS NULL ORDER BY pinned DESC, updated DESC, id DESC"));
    }

    /** All that are deleted and can still be restored, the latest deleted first. */
    public CompletableFuture<List<Conversation>> deleted() {
        return database.read(
                transaction ->
                        transaction.list(
                                Conversations::conversation,
                                SELECT
                                        + " AND conversation.deleted IS NOT NULL ORDER BY conversation.deleted DESC"));
    }

    /** One conversation, deleted or not, after all changes that were asked for before. */
    public CompletableFuture<Conversation> get(long id) {
        // On the writing thread, since the reading one may be ahead of it.
        return database.write(transaction -> load(transaction, id));
    }

    /** Begins an empty conversation. */
    public CompletableFuture<Conversation> create(String title, OptionalLong inFolder) {
        return database.write(
                transaction -> load(transaction, insert(transaction, title, inFolder, "", "{}")));
    }

    static long insert(
            Transaction transaction,
            String title,
            OptionalLong inFolder,
            String systemPrompt,
            String sampling)
            throws SQLException {
        Instant now = Instant.now();
        long id =
                transaction.insert(
                        "INSERT INTO conversation (title, folder_id, created, updated, system_prompt, sampling)"
                                + " VALUES (?, ?, ?, ?, ?, ?)",
                        title(title),
                        inFolder,
                        now,
                        now,
                        systemPrompt,
                        sampling);
        SearchIndex.putTitle(transaction, id, title(title));
        RowChecksum.CONVERSATION.seal(transaction, id);
        transaction.changed(new Change.ConversationList());
        return id;
    }

    /** Gives a new title; one that is too long is cut. */
    public CompletableFuture<Conversation> rename(long id, String title) {
        return database.write(
                transaction -> {
                    set(transaction, id, "title", title(title));
                    SearchIndex.putTitle(transaction, id, title(title));
                    transaction.changed(new Change.ConversationList());
                    return load(transaction, id);
                });
    }

    /** Pins or unpins. */
    public CompletableFuture<Conversation> pin(long id, boolean pinned) {
        return change(id, "pinned", pinned, new Change.ConversationList());
    }

    /** Moves into a folder, or out of all of them. */
    public CompletableFuture<Conversation> move(long id, OptionalLong toFolder) {
        return change(id, "folder_id", toFolder, new Change.ConversationList());
    }

    /** Sets the system prompt. */
    public CompletableFuture<Conversation> setSystemPrompt(long id, String systemPrompt) {
        return change(id, "system_prompt", systemPrompt, new Change.Conversation(id));
    }

    /** Sets the sampling parameters, a JSON object. */
    public CompletableFuture<Conversation> setSampling(long id, String sampling) {
        return database.write(
                transaction -> {
                    set(transaction, id, "sampling", JsonField.object("sampling", sampling));
                    transaction.changed(new Change.Conversation(id));
                    return load(transaction, id);
                });
    }

    /**
     * Drops what comes before a message from what the model is given, or (empty) gives it
     * everything again.
     */
    public CompletableFuture<Conversation> startContextAt(long id, OptionalLong messageId) {
        return change(id, "context_start", messageId, new Change.Conversation(id));
    }

    /** Takes a conversation off the list; {@link #restore} undoes it until it is purged. */
    public CompletableFuture<Conversation> delete(long id) {
        return change(id, "deleted", Instant.now(), new Change.ConversationList());
    }

    /** Undoes a deletion. */
    public CompletableFuture<Conversation> restore(long id) {
        return change(id, "deleted", null, new Change.ConversationList());
    }

    /** Deletes a conversation for good, now, and the copies from before migrations with it. */
    public CompletableFuture<Void> deleteForGood(long id) {
        return database.write(
                        transaction -> {
                            load(transaction, id);
                            purge(transaction, id);
                            Attachments.collect(transaction, folder);
                            for (Path backup : folder.backups().toList()) {
                                transaction.afterCommit(() -> Attachments.delete(backup));
                            }
                            return (Void) null;
                        })
                .thenCompose(_ -> SearchIndex.forget(database));
    }

    /** Deletes for good what was deleted before a time; gives the number of conversations. */
    static int purgeDeletedBefore(Transaction transaction, Instant time) throws SQLException {
        List<Long> ids =
                transaction.list(
                        row -> row.getLong(1),
                        "SELECT id FROM conversation WHERE deleted < ?",
                        time);
        for (long id : ids) {
            purge(transaction, id);
        }
        transaction.update(
                "UPDATE conversation SET folder_id = NULL"
                        + " WHERE folder_id IN (SELECT id FROM folder WHERE deleted < ?)",
                time);
        transaction.update("DELETE FROM folder WHERE deleted < ?", time);
        return ids.size();
    }

    /** All of them, deleted ones too. */
    static List<Conversation> all(Transaction transaction) throws SQLException {
        return transaction.list(Conversations::conversation, SELECT);
    }

    /**
     * Removes a conversation with its messages and draft; its pictures are left to {@link
     * Attachments#collect}.
     */
    static void purge(Transaction transaction, long id) throws SQLException {
        SearchIndex.removeConversation(transaction, id);
        transaction.update("DELETE FROM message WHERE conversation_id = ?", id);
        transaction.update("DELETE FROM draft WHERE conversation_id = ?", id);
        transaction.update("DELETE FROM conversation WHERE id = ?", id);
        transaction.changed(new Change.ConversationList());
    }

    /** Notes that something was said. */
    static void touch(Transaction transaction, long id) throws SQLException {
        transaction.update("UPDATE conversation SET updated = ? WHERE id = ?", Instant.now(), id);
        transaction.changed(new Change.ConversationList());
    }

    private CompletableFuture<Conversation> change(
            long id, String column, Object value, Change change) {
        return database.write(
                transaction -> {
                    set(transaction, id, column, value);
                    transaction.changed(change);
                    return load(transaction, id);
                });
    }

    private static void set(Transaction transaction, long id, String column, Object value)
            throws SQLException, StoreException {
        if (transaction.update("UPDATE conversation SET " + column + " = ? WHERE id = ?", value, id)
                == 0) {
            throw unknown(id);
        }
        RowChecksum.CONVERSATION.seal(transaction, id);
    }

    static Conversation load(Transaction transaction, long id) throws SQLException, StoreException {
        return transaction
                .first(Conversations::conversation, SELECT + " AND conversation.id = ?", id)
                .orElseThrow(() -> unknown(id));
    }

    private static StoreException.Refused unknown(long id) {
        return new StoreException.Refused("There is no conversation " + id + ".");
    }

    /** A title on one line, cut to 500 characters. */
    static String title(String title) {
        String line = title.strip().replaceAll("\\s+", " ");
        return line.codePointCount(0, line.length()) <= TITLE_LIMIT
                ? line
                : line.substring(0, line.offsetByCodePoints(0, TITLE_LIMIT));
    }

    private static Conversation conversation(ResultSet row) throws SQLException {
        OptionalLong deleted = Transaction.optionalLong(row, "deleted");
        return new Conversation(
                row.getLong("id"),
                row.getString("title"),
                Transaction.optionalLong(row, "live_folder"),
                row.getInt("pinned") != 0,
                Transaction.instant(row, "created"),
                Transaction.instant(row, "updated"),
                row.getString("system_prompt"),
                row.getString("sampling"),
                row.getString("model"),
                Transaction.optionalLong(row, "current_leaf"),
                Transaction.optionalLong(row, "context_start"),
                deleted.isPresent()
                        ? Optional.of(Instant.ofEpochMilli(deleted.getAsLong()))
                        : Optional.empty());
    }
}
