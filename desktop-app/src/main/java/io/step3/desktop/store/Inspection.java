package io.step3.desktop.store;

import io.step3.desktop.store.OpenReport.Damage;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a database is like before anything is written to it. */
sealed interface Inspection {

    /**
     * Nothing is wrong with it.
     *
     * @param sealed whether that is known of all of it; not so where an older program wrote it
     */
    record Sound(boolean sealed) implements Inspection {}

    /** It can be used, but is not what was written. */
    record Wrong(List<Damage> damage) implements Inspection {}

    /** It cannot be used. */
    record Unreadable() implements Inspection {}

    /** The first version that has checksums and counts its transactions. */
    int FIRST_SEALED = 2;

    /** A number of versions that there will never be: a larger one comes from damage. */
    int VERSION_LIMIT = 10_000;

    static Inspection of(DataFolder folder, Optional<Seal> seal, int newest)
            throws SQLException, IOException {
        // Asked before SQLite is: it would leave a log that cannot be written either.
        if (!Files.isWritable(folder.database())) {
            throw new StoreException.ReadOnly(folder.database(), null);
        }
        boolean closed = seal.isPresent() && seal.get().isClosed() && !folder.hasLog();
        if (closed && seal.get().fits(folder.database())) {
            return new Sound(true);
        }
        // Read only: a connection that may write would play in the log when it is closed.
        try (Connection connection = Database.connect(folder.database(), true)) {
            return inspect(connection, folder, seal, closed, newest);
        } catch (SQLException e) {
            if (StoreException.saysDamage(e)) {
                return new Unreadable();
            }
            throw e;
        }
    }

    private static Inspection inspect(
            Connection connection,
            DataFolder folder,
            Optional<Seal> seal,
            boolean closed,
            int newest)
            throws SQLException, StoreException {
        if (Schema.damage(connection).isPresent()) {
            return new Unreadable();
        }
        long version = Schema.number(connection, "PRAGMA user_version");
        if (version < 1 || version > VERSION_LIMIT) {
            long tables = Schema.number(connection, "SELECT count(*) FROM sqlite_schema");
            if (tables == 0 && seal.isEmpty()) {
                // The very first start was ended before it had made any.
                return new Sound(false);
            }
            requireOwn(connection, folder, tables);
            return new Unreadable();
        }
        boolean sealed =
                Schema.number(
                                connection,
                                "SELECT count(*) FROM sqlite_schema WHERE name = 'commits'")
                        == 1;
        if (sealed
                ? version < FIRST_SEALED || closed && version > newest
                : version >= FIRST_SEALED) {
            return new Unreadable();
        }
        return sealed ? inspectRows(connection, seal, closed) : new Sound(false);
    }

    private static Inspection inspectRows(
            Connection connection, Optional<Seal> seal, boolean closed) throws SQLException {
        List<Damage> damage = new ArrayList<>();
        long missing =
                seal.map(Seal::commits).orElse(0L)
                        - Schema.number(connection, "SELECT count FROM commits");
        if (missing > 0) {
            damage.add(new Damage.Behind(missing));
        }
        List<String> where =
                RowChecksum.findAltered(new Transaction(connection)).stream()
                        .map(RowChecksum.Altered::where)
                        .distinct()
                        .toList();
        if (!where.isEmpty() || closed && damage.isEmpty()) {
            damage.add(new Damage.Altered(where));
        }
        return damage.isEmpty() ? new Sound(seal.isPresent()) : new Wrong(damage);
    }

    private static void requireOwn(Connection connection, DataFolder folder, long tables)
            throws SQLException, StoreException {
        long own =
                Schema.number(
                        connection,
                        "SELECT count(*) FROM sqlite_schema WHERE name IN ('conversation', 'message')");
        if (tables > 0 && own < 2) {
            throw new StoreException.Refused(
                    folder.database()
                            + " is the database of another program: choose another folder for the data.");
        }
    }
}
