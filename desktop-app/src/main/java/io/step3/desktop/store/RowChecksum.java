package io.step3.desktop.store;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The rows that carry a checksum of what a person would miss. SQLite checks that its pages hang
 * together, not that a letter is still the letter that was written.
 */
enum RowChecksum {
    FOLDER("folder", "id", "name", "name"),
    PRESET("preset", "id", "name, system_prompt, sampling", "name"),
    CONVERSATION("conversation", "id", "title, system_prompt, sampling, model, created", "title"),
    MESSAGE(
            "message",
            "id",
            "conversation_id, coalesce(parent_id, '-'), role, status, reasoning, answer, tool_calls, error, usage,"
                    + " model, created, (SELECT group_concat(concat_ws(char(31), position, kind, text,"
                    + " coalesce(sha256, '-')), char(30) ORDER BY position) FROM part WHERE message_id = message.id)",
            "(SELECT title FROM conversation WHERE id = conversation_id)"),
    STREAM_PIECE(
            "stream_piece",
            "id",
            "message_id, channel, text",
            "(SELECT title FROM conversation WHERE id ="
                    + " (SELECT conversation_id FROM message WHERE id = message_id))"),
    DRAFT(
            "draft",
            "conversation_id",
            "text",
            "(SELECT title FROM conversation WHERE id = conversation_id)");

    /**
     * A row that is not as it was written.
     *
     * @param where the title of the conversation it belongs to, or its own name
     */
    record Altered(RowChecksum kind, long id, String where) {}

    private final String table;
    private final String key;
    private final String content;
    private final String where;

    RowChecksum(String table, String key, String columns, String where) {
        this.table = table;
        this.key = key;
        this.content = "concat_ws(char(31), " + columns + ")";
        this.where = where;
    }

    /** Gives a row the checksum of what it holds now; to be called after each change of that. */
    void seal(Transaction transaction, long id) throws SQLException {
        Optional<Integer> checksum =
                transaction.first(
                        row -> checksum(row.getBytes(1)),
                        "SELECT " + content + " FROM " + table + " WHERE " + key + " = ?",
                        id);
        if (checksum.isPresent()) {
            transaction.update(
                    "UPDATE " + table + " SET checksum = ? WHERE " + key + " = ?",
                    checksum.get(),
                    id);
        }
    }

    /** Seals all rows that have no checksum, such as those from before there was one. */
    static void sealAll(Transaction transaction) throws SQLException {
        for (RowChecksum kind : values()) {
            List<Long> ids =
                    transaction.list(
                            row -> row.getLong(1),
                            "SELECT "
                                    + kind.key
                                    + " FROM "
                                    + kind.table
                                    + " WHERE checksum IS NULL");
            for (long id : ids) {
                kind.seal(transaction, id);
            }
        }
    }

    /** Has all rows sealed anew by {@link #sealAll}. */
    static void forgetAll(Transaction transaction) throws SQLException {
        for (RowChecksum kind : values()) {
            transaction.update("UPDATE " + kind.table + " SET checksum = NULL");
        }
    }

    /** Reads every row that has a checksum and gives those that do not fit it. */
    static List<Altered> findAltered(Transaction transaction) throws SQLException {
        List<Altered> altered = new ArrayList<>();
        for (RowChecksum kind : values()) {
            transaction
                    .list(
                            row ->
                                    kind.altered(
                                            row.getLong(1),
                                            row.getInt(2),
                                            row.getBytes(3),
                                            row.getString(4)),
                            "SELECT "
                                    + kind.key
                                    + ", checksum, "
                                    + kind.content
                                    + ", "
                                    + kind.where
                                    + " FROM "
                                    + kind.table
                                    + " WHERE checksum IS NOT NULL")
                    .forEach(row -> row.ifPresent(altered::add));
        }
        return altered;
    }

    private Optional<Altered> altered(long id, int checksum, byte[] content, String where) {
        return checksum(content) == checksum
                ? Optional.empty()
                : Optional.of(new Altered(this, id, where == null ? "" : where));
    }

    private static int checksum(byte[] content) {
        CRC32C checksum = new CRC32C();
        checksum.update(content);
        return (int) checksum.getValue();
    }
}
