package io.step3.desktop.store;

import io.step3.desktop.store.OpenReport.Damage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;

/**
 * The opening of a data folder that is already claimed. What is there is looked at before anything
 * is written; what is damaged is copied aside before anything is mended; and no picture is deleted
 * by the word of a database that is not known to be whole.
 *
 * @param database open, and brought to the newest schema
 */
record Opening(Database database, OpenReport report, Map<String, String> settings) {

    /** What is deleted can be restored so long. */
    static final Duration RETENTION = Duration.ofDays(30);

    /** What is left to do once the database is open. */
    private record Found(Optional<Path> aside, List<Damage> damage, boolean sealed) {}

    static Opening of(DataFolder folder, Schema schema) throws SQLException, IOException {
        Optional<Seal> seal = Seal.read(folder.seal());
        if (!folder.hasDatabase()) {
            if (folder.hasRemains()) {
                throw new StoreException.DatabaseLost(folder, folder.newestBackup());
            }
            return open(folder, schema, new Found(Optional.empty(), List.of(), true));
        }
        Found found =
                switch (Inspection.of(folder, seal, schema.version())) {
                    case Inspection.Sound(boolean sealed) ->
                            new Found(Optional.empty(), List.of(), sealed);
                    case Inspection.Wrong(List<Damage> damage) ->
                            new Found(Optional.of(folder.copyDatabaseAside()), damage, true);
                    case Inspection.Unreadable _ ->
                            salvage(folder, schema, seal, folder.copyDatabaseAside());
                };
        try {
            return open(folder, schema, found);
        } catch (StoreException.Damaged e) {
            // It looked better than it is. By now its log is played in: a copy from before is what
            // was found.
            Path aside =
                    found.aside().isPresent() ? found.aside().get() : folder.copyDatabaseAside();
            return open(folder, schema, salvage(folder, schema, seal, aside));
        }
    }

    /** Opens with a copy from before a migration, in the place of a database that is lost. */
    static Opening ofBackup(DataFolder folder, Path backup) throws SQLException, IOException {
        Path aside = folder.copyDatabaseAside();
        Path copy = aside.resolve("copy.db");
        DataFolder.makeFile(copy);
        Files.copy(backup, copy, StandardCopyOption.REPLACE_EXISTING);
        folder.replaceDatabase(copy);
        Found found = new Found(Optional.of(aside), List.of(new Damage.Replaced(backup)), true);
        return open(folder, Schema.CURRENT, found);
    }

    /** Opens with an empty history, and keeps aside what is left of another. */
    static Opening anew(DataFolder folder) throws SQLException, IOException {
        Path aside = folder.moveRemainsAside();
        return open(
                folder,
                Schema.CURRENT,
                new Found(Optional.of(aside), List.of(new Damage.Lost()), true));
    }

    private static Found salvage(DataFolder folder, Schema schema, Optional<Seal> seal, Path aside)
            throws SQLException, IOException {
        Path whole = aside.resolve("readable.db");
        int messages =
                Salvage.readable(
                        folder.database(),
                        whole,
                        folder,
                        schema,
                        seal.map(Seal::commits).orElse(0L));
        folder.replaceDatabase(whole);
        return new Found(Optional.of(aside), List.of(new Damage.Unreadable(messages)), true);
    }

    private static Opening open(DataFolder folder, Schema schema, Found found)
            throws SQLException, IOException {
        DataFolder.makeFile(folder.database());
        Connection connection = Database.connect(folder.database(), false);
        Database database;
        List<Path> backups;
        try {
            backups = schema.migrate(connection, folder);
            database = new Database(folder, connection);
        } catch (SQLException | IOException | RuntimeException e) {
            connection.close();
            throw StoreException.of(e, folder.database());
        }
        try {
            return database.write(
                            transaction -> recover(database, transaction, folder, found, backups))
                    .get();
        } catch (ExecutionException e) {
            database.close();
            throw StoreException.of(e.getCause(), folder.root());
        } catch (InterruptedException e) {
            database.close();
            Thread.currentThread().interrupt();
            throw new StoreException.Refused("Opening " + folder.root() + " was interrupted.", e);
        }
    }

    /** Puts in order what a killed program, or damage, left. */
    private static Opening recover(
            Database database,
            Transaction transaction,
            DataFolder folder,
            Found found,
            List<Path> backups)
            throws SQLException, IOException {
        if (!found.damage().isEmpty()) {
            Repair.run(transaction);
        }
        RowChecksum.sealAll(transaction);
        int interrupted = interruptStreaming(transaction);
        List<Long> incomplete =
                transaction.list(
                        row -> row.getLong(1), "SELECT id FROM conversation WHERE incomplete = 1");
        for (long id : incomplete) {
            Conversations.purge(transaction, id);
        }
        int missing = Attachments.countMissing(transaction, folder);
        if (found.aside().isPresent()) {
            Path aside = found.aside().get();
            Attachments.collectAll(
                    transaction, folder, picture -> Attachments.moveTo(aside, picture));
        } else if (found.sealed()) {
            if (Conversations.purgeDeletedBefore(transaction, Instant.now().minus(RETENTION)) > 0) {
                transaction.afterCommit(() -> SearchIndex.forget(database));
            }
            Attachments.collectAll(transaction, folder, Attachments::delete);
        }
        removeOldBackups(folder, backups);
        Map<String, String> settings = new HashMap<>();
        transaction.list(
                row -> settings.put(row.getString(1), row.getString(2)),
                "SELECT key, value FROM setting");
        return new Opening(
                database,
                new OpenReport(found.aside(), found.damage(), backups, interrupted, missing),
                settings);
    }

    private static void removeOldBackups(DataFolder folder, List<Path> fresh) throws IOException {
        Instant oldest = Instant.now().minus(RETENTION);
        for (Path backup : folder.backups().toList()) {
            if (!fresh.contains(backup)
                    && Files.getLastModifiedTime(backup).toInstant().isBefore(oldest)) {
                Attachments.delete(backup);
            }
        }
    }

    static int interruptStreaming(Transaction transaction) throws SQLException, StoreException {
        List<Long> streaming =
                transaction.list(
                        row -> row.getLong(1), "SELECT id FROM message WHERE status = 'STREAMING'");
        for (long id : streaming) {
            // A continued answer keeps what is known of its first part's cost.
            String usage = Messages.load(transaction, id).usage();
            StreamingMessage.settle(
                    transaction,
                    id,
                    new StreamingMessage.Ending(MessageStatus.INTERRUPTED, "", "[]", usage));
        }
        return streaming.size();
    }
}
