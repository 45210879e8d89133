package io.step3.desktop.store;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What opening a store found and did, for the person to be told.
 *
 * @param damagedKeptIn the folder that now holds a database that was damaged, with its pictures; a
 *     new one was begun
 * @param backups copies of the database from before it was brought to this version
 * @param interrupted how many answers were cut off when the program last ended; what came of them
 *     is kept
 */
public record OpenReport(Optional<Path> damagedKeptIn, List<Path> backups, int interrupted) {

    public OpenReport {
        backups = List.copyOf(backups);
    }
}
