/**
 * What the desktop window keeps: conversations with every branch, pictures, drafts, presets and
 * settings, in one folder.
 *
 * <p>Begin with {@link io.step3.desktop.store.Store}, which claims a data folder and opens its
 * SQLite database. From there {@link io.step3.desktop.store.Conversations}, {@link
 * io.step3.desktop.store.Messages}, {@link io.step3.desktop.store.Attachments} and their neighbours
 * answer with futures: no caller ever waits for the disk. {@link
 * io.step3.desktop.store.StreamingMessage} takes an answer piece by piece and has each piece on the
 * disk within half a second. {@link io.step3.desktop.store.Search} finds text in titles, messages
 * and reasoning; {@link io.step3.desktop.store.Archive} writes a conversation to a file and reads
 * it back.
 *
 * <p>The package knows SQLite, and neither the model nor any window toolkit. The data folder holds:
 *
 * <pre>
 * step3.db          the database, with step3.db-wal and step3.db-shm while it is open
 * step3.seal        how many transactions the database holds, and its checksum while it is closed
 * step3.log         what the program could not do, without a word of what was said
 * step3.lock        held by the running program
 * step3.sock        where a second start asks the first to come to the front
 * attachments/      pictures as they came, named by their SHA-256
 * backups/          a copy of the database from before each migration
 * damaged-DATE/     a database as it was found when it was damaged, and pictures nothing names
 * </pre>
 */
package io.step3.desktop.store;
