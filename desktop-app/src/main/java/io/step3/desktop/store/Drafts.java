package io.step3.desktop.store;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** What is typed but not sent, one draft for each conversation. */
public final class Drafts {

    /** Stands for the conversation that does not exist until its first message is sent. */
    public static final long NEW_CONVERSATION = 0;

    private final Database database;
    private final WriteBehind writeBehind;
    private final DataFolder folder;
    private final WriteBehind.Source source = new Unsaved();

    /** The latest draft of each conversation that was typed in since the store was opened. */
    private final Map<Long, Draft> latest = new ConcurrentHashMap<>();

    private final Set<Long> unsaved = ConcurrentHashMap.newKeySet();

    Drafts(Database database, WriteBehind writeBehind, DataFolder folder) {
        this.database = database;
        this.writeBehind = writeBehind;
        this.folder = folder;
    }

    /**
     * Keeps a draft; call it at each keystroke. Never waits, and is on the disk within half a
     * second.
     */
    public void save(long conversationId, Draft draft) {
        latest.put(conversationId, draft);
        unsaved.add(conversationId);
        writeBehind.changed(source);
    }

    /** The draft of a conversation, empty if there is none. */
    public CompletableFuture<Draft> load(long conversationId) {
        Draft typed = latest.get(conversationId);
        if (typed != null) {
            return CompletableFuture.completedFuture(typed);
        }
        return database.read(
                transaction -> {
                    List<Part.Image> images =
                            transaction.list(
                                    row ->
                                            new Part.Image(
                                                    row.getString("sha256"), row.getString("name")),
                                    "SELECT name, sha256 FROM draft_image WHERE conversation_id = ? ORDER BY position",
                                    conversationId);
                    return transaction
                            .first(
                                    row -> new Draft(row.getString(1), images),
                                    "SELECT text FROM draft WHERE conversation_id = ?",
                                    conversationId)
                            .orElse(Draft.EMPTY);
                });
    }

    DataFolder folder() {
        return folder;
    }

    /**
     * The draft as it is now in memory; given to {@link #clear} so that what is typed later
     * survives.
     */
    Optional<Draft> unsaved(long conversationId) {
        return Optional.ofNullable(latest.get(conversationId));
    }

    /** Clears a draft that was sent, unless a newer one was typed since. */
    void clear(Transaction transaction, long conversationId, Optional<Draft> sent)
            throws SQLException {
        if (latest.get(conversationId) == sent.orElse(null)) {
            transaction.update("DELETE FROM draft WHERE conversation_id = ?", conversationId);
            transaction.afterCommit(
                    () -> sent.ifPresent(draft -> latest.remove(conversationId, draft)));
        }
    }

    private final class Unsaved implements WriteBehind.Source {
        @Override
        public void write(Transaction transaction) throws SQLException {
            Map<Long, Draft> written = new HashMap<>();
            for (long conversationId : unsaved) {
                // None: it was sent in the meantime.
                Draft draft = latest.get(conversationId);
                if (draft != null) {
                    put(transaction, conversationId, draft);
                }
                written.put(conversationId, draft);
            }
            transaction.afterCommit(
                    () ->
                            written.forEach(
                                    (conversationId, draft) -> {
                                        unsaved.remove(conversationId);
                                        if (latest.get(conversationId) != draft) {
                                            unsaved.add(conversationId);
                                            writeBehind.changed(this);
                                        }
                                    }));
        }

        private static void put(Transaction transaction, long conversationId, Draft draft)
                throws SQLException {
            transaction.update("DELETE FROM draft WHERE conversation_id = ?", conversationId);
            if (draft.isEmpty()) {
                return;
            }
            transaction.update(
                    "INSERT INTO draft (conversation_id, text) VALUES (?, ?)",
                    conversationId,
                    draft.text());
            RowChecksum.DRAFT.seal(transaction, conversationId);
            int position = 0;
            for (Part.Image image : draft.images()) {
                // Only if the picture is there: a draft must never keep the answers beside it from
                // being written.
                transaction.update(
                        "INSERT INTO draft_image SELECT ?, ?, ?, sha256 FROM attachment WHERE sha256 = ?",
                        conversationId,
                        position++,
                        image.name(),
                        image.sha256());
                transaction.update(
                        "UPDATE attachment SET fresh = 0 WHERE sha256 = ?", image.sha256());
            }
        }

        @Override
        public void abandon(StoreException why) {
            // Nobody waits for a draft.
        }
    }
}
