package io.step3.desktop.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Takes out of a damaged database every row that can still be read, one by one: a page that is gone
 * takes only the rows that lay on it or can be reached through nothing else.
 */
final class Salvage {

    private static final List<String> TABLES =
            List.of(
                    "setting",
                    "folder",
                    "preset",
                    "attachment",
                    "conversation",
                    "message",
                    "part",
                    "stream_piece",
                    "draft",
                    "draft_image");

    /** After so many ids without a row, no more are looked for. */
    private static final int GAP = 10_000;

    private static final int HEADER = 100;
    private static final int PAGE = 4096;

    private Salvage() {}

    /**
     * Writes what can be read into a new database; {@link Repair} is left to do.
     *
     * @param damaged the database, which is given a new header if its own cannot be used
     * @param commits how many transactions it should have held
     * @return how many messages could be read
     */
    static int readable(Path damaged, Path whole, DataFolder folder, Schema schema, long commits)
            throws SQLException, IOException {
        DataFolder.makeFile(whole);
        try (Connection to = Database.connect(whole, false)) {
            schema.migrate(to, folder);
            Database.execute(to, "PRAGMA foreign_keys = OFF");
            Database.execute(to, "BEGIN");
            copy(damaged, to, schema);
            new Transaction(to).update("UPDATE commits SET count = ?", commits + 1);
            int messages = (int) Schema.number(to, "SELECT count(*) FROM message");
            Database.execute(to, "COMMIT");
            return messages;
        }
    }

    private static void copy(Path damaged, Connection to, Schema schema)
            throws SQLException, IOException {
        Optional<Connection> opened = open(damaged);
        if (opened.isEmpty()) {
            mendHeader(damaged, schema.version());
            opened = open(damaged);
        }
        if (opened.isPresent()) {
            try (Connection from = opened.get()) {
                for (String table : TABLES) {
                    copy(table, from, to);
                }
            }
        }
    }

    private static Optional<Connection> open(Path damaged) throws SQLException {
        Connection from = Database.connect(damaged, true);
        try {
            // So SQLite reads what is there of a file that was cut.
            Database.execute(from, "PRAGMA writable_schema = ON");
            Schema.number(from, "SELECT count(*) FROM sqlite_schema");
            return Optional.of(from);
        } catch (SQLException e) {
            from.close();
            if (!StoreException.saysDamage(e)) {
                throw e;
            }
            return Optional.empty();
        }
    }

    private static void copy(String table, Connection from, Connection to) throws SQLException {
        List<String> columns = new ArrayList<>();
        try (Statement statement = to.createStatement();
                ResultSet rows = statement.executeQuery("PRAGMA table_info(" + table + ")")) {
            while (rows.next()) {
                columns.add(rows.getString("name"));
            }
        }
        String places = "?, ".repeat(columns.size());
        try (PreparedStatement read =
                        from.prepareStatement("SELECT * FROM " + table + " WHERE rowid = ?");
                PreparedStatement write =
                        to.prepareStatement(
                                "INSERT OR IGNORE INTO "
                                        + table
                                        + " ("
                                        + String.join(", ", columns)
                                        + ") VALUES ("
                                        + places.substring(0, places.length() - 2)
                                        + ")")) {
            long last = lastId(table, from);
            for (long id = 0; id <= last + GAP; id++) {
                if (copy(id, read, write, columns)) {
                    last = Math.max(last, id);
                }
            }
        } catch (SQLException e) {
            if (StoreException.of(e, Path.of(table)) instanceof StoreException.DiskFull) {
                throw e;
            }
            // Nothing of this table can be read.
        }
    }

    private static long lastId(String table, Connection from) {
        try {
            return Schema.number(from, "SELECT max(rowid) FROM " + table);
        } catch (SQLException e) {
            return 0;
        }
    }

    private static boolean copy(
            long id, PreparedStatement read, PreparedStatement write, List<String> columns)
            throws SQLException {
        try {
            read.setLong(1, id);
            try (ResultSet row = read.executeQuery()) {
                if (!row.next()) {
                    return false;
                }
                for (int i = 0; i < columns.size(); i++) {
                    write.setObject(i + 1, value(row, columns.get(i)));
                }
            }
        } catch (SQLException e) {
            return false;
        }
        try {
            return write.executeUpdate() > 0;
        } catch (SQLException e) {
            if (StoreException.of(e, Path.of("")) instanceof StoreException.DiskFull) {
                throw e;
            }
            return false;
        }
    }

    /** Null for a column that the older schema of the damaged database lacks. */
    private static Object value(ResultSet row, String column) throws SQLException {
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
            if (row.getMetaData().getColumnName(i).equals(column)) {
                return row.getObject(i);
            }
        }
        return null;
    }

    /**
     * Gives a database the header that this program's have; all of it but the number of pages is
     * the same in each. https://sqlite.org/fileformat.html#the_database_header
     */
    private static void mendHeader(Path database, int version) throws IOException {
        try (FileChannel file =
                FileChannel.open(database, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            if (file.size() < PAGE) {
                return;
            }
            ByteBuffer header = ByteBuffer.allocate(HEADER);
            header.put("SQLite format 3\0".getBytes(StandardCharsets.US_ASCII));
            header.putShort((short) PAGE).put(new byte[] {2, 2, 0, 64, 32, 32});
            header.putInt(1).putInt((int) (file.size() / PAGE));
            // No free pages, schema 1 of format 4, UTF-8.
            header.putInt(0).putInt(0).putInt(1).putInt(4).putInt(0).putInt(0).putInt(1);
            header.putInt(version).putInt(0).putInt(0).position(92);
            header.putInt(1).putInt(3_051_003).flip();
            file.write(header, 0);
        }
    }
}
