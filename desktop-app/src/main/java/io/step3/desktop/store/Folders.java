package io.step3.desktop.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The folders of the conversation list. Futures fail with a {@link StoreException}. */
public final class Folders {

    private final Database database;

    Folders(Database database) {
        this.database = database;
    }

    /** All folders by name. */
    public CompletableFuture<List<Folder>> list() {
        return database.read(
                transaction ->
                        transaction.list(
                                Folders::folder,
                                "SELECT id, name FROM folder WHERE deleted IS NULL ORDER BY name COLLATE NOCASE, id"));
    }

    /** Makes a folder. */
    public CompletableFuture<Folder> create(String name) {
        return database.write(
                transaction -> {
                    long id =
                            transaction.insert(
                                    "INSERT INTO folder (name) VALUES (?)",
                                    Conversations.title(name));
                    RowChecksum.FOLDER.seal(transaction, id);
                    transaction.changed(new Change.ConversationList());
                    return new Folder(id, Conversations.title(name));
                });
    }

    /** Gives a folder a new name. */
    public CompletableFuture<Folder> rename(long id, String name) {
        return set(id, "name", Conversations.title(name));
    }

    /** Deletes a folder; the conversations in it stay, in no folder. {@link #restore} undoes it. */
    public CompletableFuture<Folder> delete(long id) {
        return set(id, "deleted", Instant.now());
    }

    /** Undoes a deletion; the conversations that lay in the folder lie in it again. */
    public CompletableFuture<Folder> restore(long id) {
        return set(id, "deleted", null);
    }

    private CompletableFuture<Folder> set(long id, String column, Object value) {
        return database.write(
                transaction -> {
                    transaction.update(
                            "UPDATE folder SET " + column + " = ? WHERE id = ?", value, id);
                    RowChecksum.FOLDER.seal(transaction, id);
                    transaction.changed(new Change.ConversationList());
                    return transaction
                            .first(Folders::folder, "SELECT id, name FROM folder WHERE id = ?", id)
                            .orElseThrow(
                                    () ->
                                            new StoreException.Refused(
                                                    "There is no folder " + id + "."));
                });
    }

    private static Folder folder(ResultSet row) throws SQLException {
        return new Folder(row.getLong("id"), row.getString("name"));
    }
}
