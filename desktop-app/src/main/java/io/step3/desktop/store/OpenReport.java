package io.step3.desktop.store;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What opening a store found and did, for the person to be told.
 *
 * @param damagedKeptIn the folder that now holds the files of a database that was damaged, as they
 *     were found, with the pictures that nothing names any more
 * @param damage what was wrong with it
 * @param backups copies of the database from before it was brought to this version
 * @param interrupted how many answers were cut off when the program last ended; what came of them
 *     is kept
 * @param missingPictures how many pictures have no file, or one that was cut
 */
public record OpenReport(
        Optional<Path> damagedKeptIn,
        List<Damage> damage,
        List<Path> backups,
        int interrupted,
        int missingPictures) {

    /** What was wrong with a database. */
    public sealed interface Damage {

        /**
         * It could not be used; what could be read of it is in a new one.
         *
         * @param messages how many messages could be read
         */
        record Unreadable(int messages) implements Damage {}

        /**
         * It was gone, and a copy from before a migration was taken.
         *
         * @param copy the copy
         */
        record Replaced(Path copy) implements Damage {}

        /** It was gone, and a new one was begun. */
        record Lost() implements Damage {}

        /**
         * The last changes did not reach it.
         *
         * @param commits how many, each of them a message or some seconds of writing at most
         */
        record Behind(long commits) implements Damage {}

        /**
         * It was changed from outside.
         *
         * @param where the titles of the conversations, and other names, in which something is not
         *     as it was written; empty if nothing that is shown was changed
         */
        record Altered(List<String> where) implements Damage {

            public Altered {
                where = List.copyOf(where);
            }
        }
    }

    public OpenReport {
        damage = List.copyOf(damage);
        backups = List.copyOf(backups);
    }
}
