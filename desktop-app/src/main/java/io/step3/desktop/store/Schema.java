package io.step3.desktop.store;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The tables, as the list of steps that make them: step N brings a database from version N-1 to
 * version N. A step that was released is never changed; a new wish is a new step.
 *
 * @param migrations each a script of statements, none of them holding a semicolon of its own
 */
record Schema(List<String> migrations) {

    static final Schema CURRENT =
            new Schema(
                    List.of(
                            """
                            CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL);
                            CREATE TABLE folder (
                                id INTEGER PRIMARY KEY AUTOINCREMENT,
                                name TEXT NOT NULL,
                                deleted INTEGER);
                            CREATE TABLE preset (
                                id INTEGER PRIMARY KEY AUTOINCREMENT,
                                name TEXT NOT NULL,
                                system_prompt TEXT NOT NULL,
                                sampling TEXT NOT NULL);
                            CREATE TABLE attachment (
                                sha256 TEXT PRIMARY KEY,
                                media_type TEXT NOT NULL,
                                width INTEGER NOT NULL,
                                height INTEGER NOT NULL,
                                size INTEGER NOT NULL,
                                fresh INTEGER NOT NULL);
                            CREATE TABLE conversation (
                                id INTEGER PRIMARY KEY AUTOINCREMENT,
                                title TEXT NOT NULL,
                                folder_id INTEGER REFERENCES folder (id) ON DELETE SET NULL,
                                pinned INTEGER NOT NULL DEFAULT 0,
                                created INTEGER NOT NULL,
                                updated INTEGER NOT NULL,
                                system_prompt TEXT NOT NULL DEFAULT '',
                                preset_id INTEGER REFERENCES preset (id) ON DELETE SET NULL,
                                sampling TEXT NOT NULL DEFAULT '{}',
                                model TEXT NOT NULL DEFAULT '',
                                current_leaf INTEGER,
                                context_start INTEGER,
                                deleted INTEGER,
                                incomplete INTEGER NOT NULL DEFAULT 0);
                            CREATE TABLE message (
                                id INTEGER PRIMARY KEY AUTOINCREMENT,
                                conversation_id INTEGER NOT NULL REFERENCES conversation (id),
                                parent_id INTEGER REFERENCES message (id) DEFERRABLE INITIALLY DEFERRED,
                                role TEXT NOT NULL,
                                status TEXT NOT NULL,
                                reasoning TEXT NOT NULL DEFAULT '',
                                answer TEXT NOT NULL DEFAULT '',
                                tool_calls TEXT NOT NULL DEFAULT '[]',
                                error TEXT NOT NULL DEFAULT '',
                                usage TEXT NOT NULL DEFAULT '{}',
                                model TEXT NOT NULL DEFAULT '',
                                created INTEGER NOT NULL,
                                updated INTEGER NOT NULL,
                                seen INTEGER NOT NULL);
                            CREATE INDEX message_of_conversation ON message (conversation_id);
                            CREATE INDEX message_of_parent ON message (parent_id);
                            CREATE INDEX message_streaming ON message (id) WHERE status = 'STREAMING';
                            CREATE TABLE part (
                                message_id INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
                                position INTEGER NOT NULL,
                                kind TEXT NOT NULL,
                                text TEXT NOT NULL,
                                sha256 TEXT REFERENCES attachment (sha256),
                                PRIMARY KEY (message_id, position));
                            CREATE INDEX part_of_attachment ON part (sha256);
                            CREATE TABLE stream_piece (
                                id INTEGER PRIMARY KEY AUTOINCREMENT,
                                message_id INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
                                channel TEXT NOT NULL,
                                text TEXT NOT NULL);
                            CREATE INDEX stream_piece_of_message ON stream_piece (message_id);
                            CREATE TABLE draft (conversation_id INTEGER PRIMARY KEY, text TEXT NOT NULL);
                            CREATE TABLE draft_image (
                                conversation_id INTEGER NOT NULL REFERENCES draft (conversation_id) ON DELETE CASCADE,
                                position INTEGER NOT NULL,
                                name TEXT NOT NULL,
                                sha256 TEXT NOT NULL REFERENCES attachment (sha256),
                                PRIMARY KEY (conversation_id, position));
                            CREATE INDEX draft_of_attachment ON draft_image (sha256);
                            CREATE VIRTUAL TABLE search_index USING fts5 (
                                title, text, reasoning,
                                content='', contentless_delete=1, tokenize='trigram');
                            """,
                            """
                            ALTER TABLE folder ADD COLUMN checksum INTEGER;
                            ALTER TABLE preset ADD COLUMN checksum INTEGER;
                            ALTER TABLE conversation ADD COLUMN checksum INTEGER;
                            ALTER TABLE message ADD COLUMN checksum INTEGER;
                            ALTER TABLE stream_piece ADD COLUMN checksum INTEGER;
                            ALTER TABLE draft ADD COLUMN checksum INTEGER;
                            CREATE TABLE commits (count INTEGER NOT NULL);
                            INSERT INTO commits VALUES (0);
                            """));

    Schema {
        migrations = List.copyOf(migrations);
    }

    int version() {
        return migrations.size();
    }

    /**
     * Brings the database to this schema, each step in a transaction of its own with a copy of the
     * database taken before.
     *
     * @return the copies, oldest first
     * @throws StoreException.Refused if a step fails; the database is then as it was
     * @throws StoreException.TooNew if the database has more steps behind it than this program
     *     knows
     */
    List<Path> migrate(Connection connection, DataFolder folder) throws SQLException, IOException {
        int found = (int) number(connection, "PRAGMA user_version");
        if (found > version()) {
            throw new StoreException.TooNew(folder.database(), found, version());
        }
        List<Path> backups = new ArrayList<>();
        for (int from = found; from < version(); from++) {
            if (found > 0) {
                backups.add(backUp(connection, folder, from));
            }
            Database.execute(connection, "BEGIN IMMEDIATE");
            try {
                for (String sql : migrations.get(from).split(";")) {
                    if (!sql.isBlank()) {
                        Database.execute(connection, sql);
                    }
                }
                Database.execute(connection, "PRAGMA user_version = " + (from + 1));
                Database.execute(connection, "COMMIT");
            } catch (SQLException e) {
                rollBack(connection);
                throw StoreException.ofMigration(e, folder.database());
            }
        }
        return backups;
    }

    private static void rollBack(Connection connection) {
        try {
            Database.execute(connection, "ROLLBACK");
        } catch (SQLException e) {
            // SQLite has already rolled back, as it does when the disk is full.
        }
    }

    private static Path backUp(Connection connection, DataFolder folder, int version)
            throws SQLException, IOException {
        Path backup = folder.newBackup(version);
        DataFolder.makeFile(backup);
        try (var statement = connection.prepareStatement("VACUUM INTO ?")) {
            statement.setString(1, backup.toString());
            statement.execute();
        }
        return backup;
    }

    /** What is wrong with the database, if anything: SQLite's own check of every page and index. */
    static Optional<String> damage(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("PRAGMA integrity_check(1)")) {
            String verdict = rows.next() ? rows.getString(1) : "no answer";
            return verdict.equals("ok") ? Optional.empty() : Optional.of(verdict);
        }
    }

    static long number(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            return rows.next() ? rows.getLong(1) : 0;
        }
    }
}
