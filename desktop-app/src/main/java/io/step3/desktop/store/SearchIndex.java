package io.step3.desktop.store;

import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;

/**
 * The full-text index: a row for each message, with the message's id, and one for each
 * conversation's title, with its negated id. It holds no text of its own. Its tokens are all runs
 * of three characters, so that words are found in scripts that put no spaces between them, and
 * parts of words in all others. https://sqlite.org/fts5.html#the_trigram_tokenizer
 */
final class SearchIndex {

    /** So many pages of the index are merged in one transaction. */
    private static final int MERGED_PAGES = 200;

    private SearchIndex() {}

    static void putTitle(Transaction transaction, long conversationId, String title)
            throws SQLException {
        put(transaction, -conversationId, title, "", "");
    }

    static void putMessage(Transaction transaction, long messageId, String text, String reasoning)
            throws SQLException {
        put(transaction, messageId, "", text, reasoning);
    }

    private static void put(
            Transaction transaction, long id, String title, String text, String reasoning)
            throws SQLException {
        transaction.update(
                "INSERT OR REPLACE INTO search_index (rowid, title, text, reasoning) VALUES (?, ?, ?, ?)",
                id,
                title,
                text,
                reasoning);
    }

    static void removeConversation(Transaction transaction, long conversationId)
            throws SQLException {
        transaction.update("DELETE FROM search_index WHERE rowid = ?", -conversationId);
        transaction.update(
                "DELETE FROM search_index WHERE rowid IN (SELECT id FROM message WHERE conversation_id = ?)",
                conversationId);
    }

    /**
     * Takes what was removed out of the index's pages too, which otherwise keep it until they are
     * merged; in steps, so that nothing waits long. https://sqlite.org/fts5.html#the_merge_command
     */
    static CompletableFuture<Void> forget(Database database) {
        return forget(database, -MERGED_PAGES);
    }

    private static CompletableFuture<Void> forget(Database database, int pages) {
        return database.write(
                        transaction -> {
                            long before = transaction.changeCount();
                            transaction.update(
                                    "INSERT INTO search_index (search_index, rank) VALUES ('merge', ?)",
                                    pages);
                            return transaction.changeCount() - before >= 2;
                        })
                .thenCompose(
                        more ->
                                more
                                        ? forget(database, MERGED_PAGES)
                                        : CompletableFuture.completedFuture(null));
    }
}
