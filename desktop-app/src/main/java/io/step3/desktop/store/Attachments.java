package io.step3.desktop.store;

import io.step3.image.ImageLimits;
import io.step3.image.PictureFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The pictures, byte for byte as they came, in files named by their SHA-256. A picture is kept
 * while a message or a draft uses it; one that was put and not yet used is kept until the store is
 * opened again. Futures fail with a {@link StoreException}.
 */
public final class Attachments {

    /** The largest picture that is kept: 64 MiB. */
    public static final int SIZE_LIMIT = ImageLimits.MAX_FILE_BYTES;

    /** Those that hold nothing but pixels. */
    private static final Set<String> TYPES =
            Arrays.stream(PictureFormat.values())
                    .map(PictureFormat::mediaType)
                    .collect(Collectors.toCollection(TreeSet::new));

    private static final String UNUSED =
            """
            DELETE FROM attachment
            WHERE fresh = 0
                AND sha256 NOT IN (SELECT sha256 FROM part WHERE sha256 IS NOT NULL)
                AND sha256 NOT IN (SELECT sha256 FROM draft_image)
            RETURNING sha256
            """;

    private static final Pattern OWN_NAME =
            Pattern.compile(
                    "[0-9a-f]{2}/([0-9a-f]{64}|\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.part)");

    private final Database database;
    private final DataFolder folder;

    Attachments(Database database, DataFolder folder) {
        this.database = database;
        this.folder = folder;
    }

    /**
     * Keeps a picture. The store does not look into it: type and size are what the caller found
     * when it decoded it.
     *
     * @param mediaType such as {@code image/png}
     * @param width in pixels
     * @param height in pixels
     */
    public CompletableFuture<Attachment> put(
            byte[] bytes, String mediaType, int width, int height) {
        return database.write(
                transaction -> put(transaction, folder, bytes, mediaType, width, height));
    }

    /** The bytes of a picture as they came. */
    public CompletableFuture<byte[]> bytes(String sha256) {
        return database.readSlowly(
                transaction -> {
                    load(transaction, sha256);
                    return read(folder, sha256);
                });
    }

    static boolean isPicture(String mediaType) {
        return TYPES.contains(mediaType);
    }

    static Attachment put(
            Transaction transaction,
            DataFolder folder,
            byte[] bytes,
            String mediaType,
            int width,
            int height)
            throws SQLException, IOException {
        if (!isPicture(mediaType)) {
            throw new StoreException.Refused(
                    "A picture cannot be of the type " + mediaType + ": use one of " + TYPES + ".");
        }
        if (width < 1 || height < 1) {
            throw new StoreException.Refused(
                    "A picture cannot be of the size " + width + " x " + height + ".");
        }
        if (bytes.length > SIZE_LIMIT) {
            throw new StoreException.Refused(
                    "The picture has "
                            + bytes.length
                            + " bytes; the largest that is kept has "
                            + SIZE_LIMIT
                            + ".");
        }
        String sha256 = sha256(bytes);
        Path file = file(folder, sha256);
        // One that was damaged since is written anew.
        if (!Files.exists(file) || !Arrays.equals(Files.readAllBytes(file), bytes)) {
            DataFolder.makeFolder(file.getParent());
            AtomicFile.write(file, out -> out.write(bytes));
        }
        transaction.update(
                "INSERT INTO attachment VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT (sha256) DO UPDATE SET fresh = 1",
                sha256,
                mediaType,
                width,
                height,
                (long) bytes.length);
        return load(transaction, sha256);
    }

    /** Notes that something uses a picture, so that it goes when nothing does any more. */
    static void use(Transaction transaction, String sha256) throws SQLException, StoreException {
        if (transaction.update("UPDATE attachment SET fresh = 0 WHERE sha256 = ?", sha256) == 0) {
            throw unknown(sha256);
        }
    }

    /** Deletes the pictures that were used and no longer are. */
    static void collect(Transaction transaction, DataFolder folder) throws SQLException {
        List<String> unused = transaction.list(row -> row.getString(1), UNUSED);
        // The files go after the commit: a row without its file would be a picture lost.
        transaction.afterCommit(() -> unused.forEach(sha256 -> delete(file(folder, sha256))));
    }

    /**
     * At the start, when nobody holds a picture that nothing uses: those and the files that no row
     * names go.
     *
     * @param goes what is done with the file of a picture that goes
     */
    static void collectAll(Transaction transaction, DataFolder folder, Consumer<Path> goes)
            throws SQLException, IOException {
        transaction.update("UPDATE attachment SET fresh = 0");
        List<String> unused = transaction.list(row -> row.getString(1), UNUSED);
        Set<String> known =
                new HashSet<>(
                        transaction.list(row -> row.getString(1), "SELECT sha256 FROM attachment"));
        List<Path> orphans;
        try (Stream<Path> files = files(folder)) {
            orphans = files.filter(file -> !known.contains(file.getFileName().toString())).toList();
        }
        transaction.afterCommit(
                () -> {
                    unused.forEach(sha256 -> goes.accept(file(folder, sha256)));
                    orphans.stream().filter(Files::exists).forEach(goes);
                });
    }

    /** How many of the pictures that are known have no file, or one of another size. */
    static int countMissing(Transaction transaction, DataFolder folder) throws SQLException {
        int[] missing = {0};
        transaction.list(
                row -> {
                    Path file = file(folder, row.getString(1));
                    try {
                        missing[0] += Files.size(file) == row.getLong(2) ? 0 : 1;
                    } catch (IOException e) {
                        missing[0]++;
                    }
                    return null;
                },
                "SELECT sha256, size FROM attachment");
        return missing[0];
    }

    /**
     * All files that this class has made, finished or not; others that lie there too are none of
     * the program's business.
     */
    static Stream<Path> files(DataFolder folder) throws IOException {
        if (!Files.isDirectory(folder.attachments(), LinkOption.NOFOLLOW_LINKS)) {
            return Stream.empty();
        }
        return Files.find(
                folder.attachments(),
                2,
                (file, attributes) ->
                        attributes.isRegularFile()
                                && OWN_NAME.matcher(
                                                folder.attachments()
                                                        .relativize(file)
                                                        .toString()
                                                        .replace('\\', '/'))
                                        .matches());
    }

    /** Moves the file of a picture into another folder, under the same name. */
    static void moveTo(Path folder, Path file) {
        try {
            Path place = folder.resolve("attachments").resolve(file.getParent().getFileName());
            DataFolder.makeFolder(place);
            Files.move(file, place.resolve(file.getFileName()));
        } catch (IOException e) {
            // It stays where it is.
        }
    }

    static Attachment load(Transaction transaction, String sha256)
            throws SQLException, StoreException {
        return transaction
                .first(Attachments::attachment, "SELECT * FROM attachment WHERE sha256 = ?", sha256)
                .orElseThrow(() -> unknown(sha256));
    }

    static byte[] read(DataFolder folder, String sha256) throws IOException {
        try {
            byte[] bytes = Files.readAllBytes(file(folder, sha256));
            if (!sha256(bytes).equals(sha256)) {
                throw new StoreException.PictureLost(file(folder, sha256), false, null);
            }
            return bytes;
        } catch (NoSuchFileException e) {
            throw new StoreException.PictureLost(file(folder, sha256), true, e);
        }
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java platform has SHA-256", e);
        }
    }

    private static Path file(DataFolder folder, String sha256) {
        return folder.attachments().resolve(sha256.substring(0, 2)).resolve(sha256);
    }

    static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // No row names it any more, so the next start tries again.
        }
    }

    private static StoreException.Refused unknown(String sha256) {
        return new StoreException.Refused("There is no picture " + sha256 + ".");
    }

    private static Attachment attachment(ResultSet row) throws SQLException {
        return new Attachment(
                row.getString("sha256"),
                row.getString("media_type"),
                row.getInt("width"),
                row.getInt("height"),
                row.getLong("size"));
    }
}
