package io.step3.desktop.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StoreTest extends StoreTestBase {

    @Test
    void aSecondOpenSaysThatTheFolderIsInUseAndBringsTheFirstForward() throws Exception {
        CountDownLatch shown = new CountDownLatch(1);
        store.whenAskedToShow(shown::countDown);

        var inUse = assertThrows(StoreException.InUse.class, () -> Store.open(folder));

        assertTrue(inUse.getMessage().contains(folder.toString()), inUse.getMessage());
        assertTrue(inUse.askToShow());
        assertTrue(shown.await(2, TimeUnit.SECONDS));
        store.close();
        assertFalse(inUse.askToShow());
        store = Store.open(folder);
    }

    @Test
    void aStartWhileTheWindowIsStillComingIsAnsweredAndOneWhileItClosesIsNot() throws Exception {
        var inUse = assertThrows(StoreException.InUse.class, () -> Store.open(folder));
        assertTrue(inUse.askToShow(), "a window that is about to come is what is wanted");
        CountDownLatch shown = new CountDownLatch(1);
        store.whenAskedToShow(shown::countDown);
        assertTrue(shown.await(2, TimeUnit.SECONDS));

        store.stopShowing();

        assertFalse(inUse.askToShow(), "a window that closes comes no more");
        assertThrows(StoreException.InUse.class, () -> Store.open(folder));
        reopen();
    }

    @Test
    void theDriverLeavesNothingInTheTemporaryFolder() throws Exception {
        Path temporary = Files.createDirectory(folder.resolve("temporary"));
        Path data = folder.resolve("other");
        Process program =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-Djava.io.tmpdir=" + temporary,
                                "-Dstep3.cache=" + folder.resolve("cache"),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Opened.class.getName(),
                                data.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        assertEquals(7, program.waitFor());
        assertTrue(Files.exists(data.resolve("step3.db")));
        try (Stream<Path> left = Files.list(temporary)) {
            assertEquals(
                    List.of(),
                    left.filter(file -> !file.toString().contains("hsperfdata")).toList());
        }
    }

    /** A program that opens a store and ends at once, in no order. */
    static final class Opened {
        public static void main(String[] arguments) throws Exception {
            Store.open(Path.of(arguments[0]));
            Runtime.getRuntime().halt(7);
        }
    }

    @Test
    void aFolderWhosePathIsTooLongForASocketIsStillHeldByOneOnly() throws Exception {
        Path deep = folder.resolve("d".repeat(120));
        Store first = Store.open(deep);
        try (first) {
            var inUse = assertThrows(StoreException.InUse.class, () -> Store.open(deep));
            assertFalse(inUse.askToShow());
        }
    }

    @Test
    void allThatIsWrittenIsForItsOwnerOnly() throws Exception {
        assumeTrue(Files.getFileStore(folder).supportsFileAttributeView("posix"));
        Path made = folder.resolve("new/data");
        try (Store other = Store.open(made)) {
            await(other.attachments().put(new byte[] {1}, "image/png", 1, 1));
            await(other.conversations().create("x", OptionalLong.empty()));
            try (Stream<Path> files = Files.walk(made)) {
                for (Path file : files.toList()) {
                    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
                    permissions.removeAll(PosixFilePermissions.fromString("rwx------"));
                    assertEquals(Set.of(), permissions, file.toString());
                }
            }
        }
    }

    @Test
    void aFileInPlaceOfTheFolderIsRefusedByName() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        var refused = assertThrows(StoreException.Refused.class, () -> Store.open(file));
        assertTrue(refused.getMessage().contains(file.toString()));
    }

    @Test
    void aFolderThatCannotBeWrittenIsRefusedAndLeftAsItWas() throws Exception {
        Path locked = Files.createDirectory(folder.resolve("locked"));
        Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("r-x------"));
        assumeTrue(!Files.isWritable(locked), "this user may write everywhere");
        var refused = assertThrows(StoreException.ReadOnly.class, () -> Store.open(locked));
        assertTrue(refused.getMessage().contains(locked.toString()), refused.getMessage());
        try (Stream<Path> files = Files.list(locked)) {
            assertEquals(0, files.count());
        }
        assertThrows(StoreException.ReadOnly.class, () -> Store.open(locked.resolve("below")));
    }

    @Test
    void aDatabaseThatCannotBeWrittenIsNotTakenForADamagedOne() throws Exception {
        store.close();
        Path database = folder.resolve("step3.db");
        Files.setPosixFilePermissions(database, PosixFilePermissions.fromString("r--------"));
        boolean writable = Files.isWritable(database);
        try {
            assumeTrue(!writable, "this user may write everywhere");
            assertThrows(StoreException.ReadOnly.class, () -> Store.open(folder));
        } finally {
            Files.setPosixFilePermissions(database, PosixFilePermissions.fromString("rw-------"));
            store = Store.open(folder);
        }
        assertTrue(store.report().damagedKeptIn().isEmpty());
    }

    @Test
    void aFileThatIsNoDatabaseIsKeptAsideWithThePicturesAndANewOneIsBegun() throws Exception {
        byte[] picture = {1, 2, 3};
        String sha256 = await(store.attachments().put(picture, "image/png", 1, 1)).sha256();
        store.drafts().save(1, new Draft("", List.of(new Part.Image(sha256, "a.png"))));
        store.close();
        byte[] rubbish =
                "this is no database at all, but a text of some length".repeat(100).getBytes();
        Files.write(folder.resolve("step3.db"), rubbish);

        store = Store.open(folder);

        Path aside = store.report().damagedKeptIn().orElseThrow();
        assertArrayEquals(rubbish, Files.readAllBytes(aside.resolve("step3.db")));
        assertArrayEquals(
                picture,
                Files.readAllBytes(
                        aside.resolve("attachments")
                                .resolve(sha256.substring(0, 2))
                                .resolve(sha256)));
        newConversation("life goes on");
        reopen();
        assertTrue(store.report().damagedKeptIn().isEmpty());
        assertEquals(1, await(store.conversations().list()).size());
    }

    @Test
    void aDatabaseWithADamagedPageIsKeptAside() throws Exception {
        long conversation = newConversation("x");
        for (int i = 0; i < 200; i++) {
            ask(
                    conversation,
                    OptionalLong.empty(),
                    "some text to fill a page or two: " + "abc ".repeat(50));
        }
        store.close();
        Path database = folder.resolve("step3.db");
        byte[] bytes = Files.readAllBytes(database);
        int pages = bytes.length / 4096;
        for (int page = pages - 9; page < pages; page += 4) {
            java.util.Arrays.fill(bytes, page * 4096, page * 4096 + 2048, (byte) 0x5a);
        }
        Files.write(database, bytes);

        store = Store.open(folder);

        assertArrayEquals(
                bytes,
                Files.readAllBytes(
                        store.report().damagedKeptIn().orElseThrow().resolve("step3.db")));
        var damage = (OpenReport.Damage.Unreadable) store.report().damage().getFirst();
        Conversation kept = await(store.conversations().list()).getFirst();
        assertTrue(damage.messages() > 20, damage.toString());
        assertEquals(
                String.valueOf(damage.messages()), query(database, "SELECT count(*) FROM message"));
        Message last = await(store.messages().branch(kept.id())).steps().getLast().message();
        assertTrue(last.text().endsWith("abc "), last.text());
    }

    @Test
    void aFolderWithOtherFilesAndNoDatabaseIsRefusedAndLeftAsItWas() throws Exception {
        Path vault = Files.createDirectory(folder.resolve("vault"));
        Path own = Files.createDirectories(vault.resolve("attachments/ab")).resolve("drawing.png");
        Files.writeString(own, "a picture of my own");
        Files.writeString(vault.resolve("notes.md"), "notes");

        var foreign = assertThrows(StoreException.Foreign.class, () -> Store.open(vault));

        assertTrue(foreign.getMessage().contains(vault.toString()), foreign.getMessage());
        assertEquals("a picture of my own", Files.readString(own));
        try (Stream<Path> files = Files.list(vault)) {
            assertEquals(
                    Set.of("attachments", "notes.md"),
                    Set.copyOf(files.map(file -> file.getFileName().toString()).toList()));
        }
    }

    @Test
    void filesOfOthersBesideThePicturesAreNeverTouched() throws Exception {
        await(store.attachments().put(new byte[] {1}, "image/png", 1, 1));
        Path attachments = folder.resolve("attachments");
        List<Path> others =
                List.of(
                        attachments.resolve("drawing.png"),
                        attachments.resolve("ab/drawing.png"),
                        attachments.resolve("notes/" + "a".repeat(64)),
                        attachments.resolve("ab/deeper/" + "a".repeat(64)),
                        attachments.resolve("ab/" + "a".repeat(63)),
                        attachments.resolve("ab/.download.part"),
                        attachments.resolve("AB/" + "a".repeat(64)));
        for (Path other : others) {
            Files.createDirectories(other.getParent());
            Files.writeString(other, "not of this program");
        }
        reopen();
        reopen();
        others.forEach(other -> assertTrue(Files.exists(other), other.toString()));
        try (Stream<Path> pictures = Attachments.files(new DataFolder(folder))) {
            assertEquals(0, pictures.count());
        }
    }

    @Test
    void aDatabaseThatIsMissingOrEmptyIsToldAndNothingIsTouched() throws Exception {
        String sha256 = await(store.attachments().put(new byte[] {1}, "image/png", 1, 1)).sha256();
        await(
                store.messages()
                        .add(
                                newConversation("x"),
                                OptionalLong.empty(),
                                Role.USER,
                                List.of(new Part.Image(sha256, "p"))));
        store.close();
        Path database = folder.resolve("step3.db");
        Path picture =
                folder.resolve("attachments").resolve(sha256.substring(0, 2)).resolve(sha256);
        byte[] whole = Files.readAllBytes(database);
        for (byte[] left : new byte[][] {null, {}}) {
            Files.deleteIfExists(database);
            if (left != null) {
                Files.write(database, left);
            }
            var lost = assertThrows(StoreException.DatabaseLost.class, () -> Store.open(folder));
            assertTrue(lost.backup().isEmpty());
            assertTrue(lost.getMessage().contains(database.toString()), lost.getMessage());
            assertTrue(Files.exists(picture));
            assertEquals(left != null, Files.exists(database));
        }
        // Put back, it is as if nothing had been.
        Files.write(database, whole);
        store = Store.open(folder);
        assertEquals(List.of(), store.report().damage());
        store.close();

        Files.delete(database);
        store = Store.openAnew(folder);
        assertEquals(List.of(new OpenReport.Damage.Lost()), store.report().damage());
        Path aside = store.report().damagedKeptIn().orElseThrow();
        assertEquals(List.of(), await(store.conversations().list()));
        assertArrayEquals(
                new byte[] {1}, Files.readAllBytes(aside.resolve(folder.relativize(picture))));
        fails(StoreException.Refused.class, store.attachments().bytes(sha256));
    }

    @Test
    void aFirstStartThatWasKilledBeforeItMadeATableIsBegunAgain() throws Exception {
        Path begun = Files.createDirectory(folder.resolve("begun"));
        Database.connect(begun.resolve("step3.db"), false).close();
        assertTrue(Files.size(begun.resolve("step3.db")) > 0);
        try (Store again = Store.open(begun)) {
            assertEquals(List.of(), again.report().damage());
            await(again.conversations().create("x", OptionalLong.empty()));
        }
    }

    @Test
    void aDatabaseThatAnotherProgramHoldsIsNotTakenForADamagedOne() throws Exception {
        newConversation("kept");
        store.close();
        Path database = folder.resolve("step3.db");
        // So that it is looked at at all.
        Files.delete(folder.resolve("step3.seal"));
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = other.createStatement()) {
            statement.execute("PRAGMA locking_mode = EXCLUSIVE");
            statement.execute("BEGIN EXCLUSIVE");
            statement.execute("UPDATE commits SET count = count");
            assertThrows(StoreException.class, () -> Store.open(folder));
            statement.execute("ROLLBACK");
        }
        store = Store.open(folder);
        assertEquals(List.of(), store.report().damage());
        assertEquals("kept", await(store.conversations().list()).getFirst().title());
    }

    @Test
    void aLetterThatIsNotTheOneThatWasWrittenIsToldByTheNameOfItsConversation() throws Exception {
        ask(newConversation("harmless"), OptionalLong.empty(), "hello");
        ask(newConversation("about pears"), OptionalLong.empty(), "one pear is enough");
        store.close();
        Path database = folder.resolve("step3.db");
        String bytes = Files.readString(database, java.nio.charset.StandardCharsets.ISO_8859_1);
        assertTrue(bytes.contains("one pear"));
        Files.writeString(
                database,
                bytes.replace("one pear", "one bear"),
                java.nio.charset.StandardCharsets.ISO_8859_1);

        store = Store.open(folder);

        assertEquals(
                List.of(new OpenReport.Damage.Altered(List.of("about pears"))),
                store.report().damage());
        reopen();
        assertEquals(List.of(), store.report().damage());
    }

    @Test
    void whatWasDeletedAMonthAgoGoesAtTheStartAndLeavesNoTrace() throws Exception {
        String secret = "quixotic zephyr";
        byte[] picture = {1, 2, 3};
        String sha256 = await(store.attachments().put(picture, "image/png", 1, 1)).sha256();
        long old = newConversation("old " + secret);
        await(
                store.messages()
                        .add(
                                old,
                                OptionalLong.empty(),
                                Role.USER,
                                List.of(new Part.Text(secret), new Part.Image(sha256, "p"))));
        long recent = newConversation("recent");
        long emptyFolder = await(store.folders().create("gone " + secret)).id();
        await(store.conversations().delete(old));
        await(store.conversations().delete(recent));
        await(store.folders().delete(emptyFolder));
        long month = Opening.RETENTION.plusHours(1).toMillis();
        await(
                store.database()
                        .write(
                                transaction ->
                                        transaction.update(
                                                        "UPDATE conversation SET deleted = deleted - ? WHERE id = ?",
                                                        month,
                                                        old)
                                                + transaction.update(
                                                        "UPDATE folder SET deleted = deleted - ?",
                                                        month)));
        Path backups = Files.createDirectory(folder.resolve("backups"));
        Path oldBackup = Files.writeString(backups.resolve("step3-v1-20200101-000000.db"), "old");
        Files.setLastModifiedTime(
                oldBackup,
                java.nio.file.attribute.FileTime.from(
                        Instant.now().minus(Opening.RETENTION.plusHours(1))));
        Path otherFile = Files.writeString(backups.resolve("mine.db"), "not of this program");

        reopen();
        await(SearchIndex.forget(store.database()));

        assertEquals(
                List.of(recent),
                await(store.conversations().deleted()).stream().map(Conversation::id).toList());
        fails(StoreException.Refused.class, store.attachments().bytes(sha256));
        assertEquals(List.of(), await(store.search().find("quixotic", 10)));
        assertFalse(Files.exists(oldBackup));
        assertTrue(Files.exists(otherFile));
        store.close();
        String bytes =
                Files.readString(
                        folder.resolve("step3.db"), java.nio.charset.StandardCharsets.ISO_8859_1);
        assertFalse(bytes.contains(secret), "the text is still in the file");
        try (Connection connection =
                        DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("step3.db"));
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, 'search_index', 'row')");
            try (ResultSet rows =
                    statement.executeQuery("SELECT count(*) FROM temp.terms WHERE term = 'zep'")) {
                rows.next();
                assertEquals(0, rows.getInt(1), "the index still knows it");
            }
        }
        store = Store.open(folder);
    }

    @Test
    void aMigrationKeepsACopyOfWhatWasBefore() throws Exception {
        newConversation("from before");
        store.close();
        List<String> steps = new ArrayList<>(Schema.CURRENT.migrations());
        steps.add(
                "ALTER TABLE conversation ADD COLUMN colour TEXT; UPDATE conversation SET title = 'migrated'");

        try (Store migrated = Store.open(folder, new Schema(steps))) {
            assertEquals("migrated", await(migrated.conversations().list()).getFirst().title());
            Path backup = migrated.report().backups().getFirst();
            assertEquals(1, migrated.report().backups().size());
            assertEquals("from before", query(backup, "SELECT title FROM conversation"));
            assertEquals("2", query(backup, "PRAGMA user_version"));
        }

        var tooNew = assertThrows(StoreException.TooNew.class, () -> Store.open(folder));
        assertTrue(tooNew.getMessage().contains("newer"), tooNew.getMessage());
        Files.delete(folder.resolve("step3.db"));
        store = Store.openBackup(folder);
        assertEquals("from before", await(store.conversations().list()).getFirst().title());
    }

    @Test
    void aMigrationThatFailsLeavesTheDatabaseAsItWas() throws Exception {
        newConversation("still here");
        store.close();
        List<String> steps = new ArrayList<>(Schema.CURRENT.migrations());
        steps.add("UPDATE conversation SET title = 'half done'; UPDATE no_such_table SET x = 1");

        var refused =
                assertThrows(
                        StoreException.Refused.class, () -> Store.open(folder, new Schema(steps)));
        assertTrue(refused.getMessage().contains("left as it was"), refused.getMessage());

        store = Store.open(folder);
        assertEquals("still here", await(store.conversations().list()).getFirst().title());
    }

    @Test
    void aFullDiskIsToldOnceLosesNothingAndIsOverWhenThereIsRoom() throws Exception {
        long conversation = newConversation("x");
        Message question = ask(conversation, OptionalLong.empty(), "long story");
        StreamingMessage streaming = await(store.messages().answer(question.id(), "tiny"));
        LinkedBlockingQueue<Change> changes = new LinkedBlockingQueue<>();
        store.addListener(
                change -> {
                    if (change instanceof Change.SavingFails
                            || change instanceof Change.SavingWorks) {
                        changes.add(change);
                    }
                });
        // SQLite's limit of pages gives the same result code as a disk without room.
        limitPages(1);
        String text = "word ".repeat(40_000);
        streaming.append(StreamingMessage.Channel.ANSWER, text);

        Change.SavingFails fails = (Change.SavingFails) changes.poll(5, TimeUnit.SECONDS);
        assertTrue(fails.why() instanceof StoreException.DiskFull, () -> fails.why().toString());
        assertTrue(fails.why().getMessage().contains("disk is full"));
        fails(
                StoreException.DiskFull.class,
                store.messages()
                        .add(
                                conversation,
                                OptionalLong.empty(),
                                Role.USER,
                                List.of(new Part.Text(text))));
        assertEquals("", await(store.messages().get(streaming.id())).answer());
        var finished = streaming.finish(StreamingMessage.Ending.of(MessageStatus.COMPLETE));
        Thread.sleep(1_500);
        assertFalse(finished.isDone());
        assertEquals(List.of(), List.copyOf(changes));

        limitPages(1_000_000);

        assertEquals(text, await(finished).answer());
        assertEquals(new Change.SavingWorks(), changes.poll(5, TimeUnit.SECONDS));
        assertEquals(2, await(store.messages().branch(conversation)).steps().size());
    }

    @Test
    void closingOnAFullDiskEndsInTimeAndWithAnError() throws Exception {
        Message question = ask(newConversation("x"), OptionalLong.empty(), "long story");
        StreamingMessage streaming = await(store.messages().answer(question.id(), "tiny"));
        limitPages(1);
        streaming.append(StreamingMessage.Channel.ANSWER, "word ".repeat(40_000));
        var finished = streaming.finish(StreamingMessage.Ending.of(MessageStatus.COMPLETE));
        Thread.sleep(600);
        long start = System.nanoTime();
        store.close();
        assertTrue(System.nanoTime() - start < 1_000_000_000L);
        fails(StoreException.DiskFull.class, finished);
        store = Store.open(folder);
        assertEquals(
                MessageStatus.INTERRUPTED, await(store.messages().get(streaming.id())).status());
    }

    private void limitPages(int pages) throws Exception {
        await(
                store.database()
                        .write(
                                transaction ->
                                        transaction.list(
                                                row -> 0, "PRAGMA max_page_count = " + pages)));
    }

    @Test
    void aClosedStoreRefusesWithASentence() throws Exception {
        store.close();
        var refused = fails(StoreException.Refused.class, store.conversations().list());
        assertTrue(refused.getMessage().contains("closed"));
        store.close();
    }

    @Test
    void foldersPinsAndDeletionCanAllBeUndone() throws Exception {
        long folderId = await(store.folders().create("Work")).id();
        long first = newConversation("first");
        long second = newConversation("second");
        await(store.conversations().move(first, OptionalLong.of(folderId)));
        await(store.conversations().pin(first, true));
        assertEquals(
                List.of(first, second),
                await(store.conversations().list()).stream().map(Conversation::id).toList());

        await(store.folders().delete(folderId));
        assertEquals(OptionalLong.empty(), await(store.conversations().get(first)).folder());
        await(store.folders().restore(folderId));
        assertEquals(OptionalLong.of(folderId), await(store.conversations().get(first)).folder());

        await(store.conversations().delete(first));
        assertEquals(
                List.of(second),
                await(store.conversations().list()).stream().map(Conversation::id).toList());
        assertEquals(
                List.of(first),
                await(store.conversations().deleted()).stream().map(Conversation::id).toList());
        await(store.conversations().restore(first));
        assertTrue(await(store.conversations().list()).getFirst().pinned());

        await(store.conversations().delete(first));
        assertEquals(1, purgeDeleted());
        fails(StoreException.Refused.class, store.conversations().restore(first));
    }

    @Test
    void aLongConversationCanBePurged() throws Exception {
        long conversation = newConversation("long");
        await(
                store.database()
                        .write(
                                transaction -> {
                                    OptionalLong parent = OptionalLong.empty();
                                    for (int i = 0; i < 3_000; i++) {
                                        parent =
                                                OptionalLong.of(
                                                        transaction.insert(
                                                                "INSERT INTO message (conversation_id, parent_id, role,"
                                                                        + " status, created, updated, seen)"
                                                                        + " VALUES (?, ?, 'USER', 'COMPLETE', 0, 0, 0)",
                                                                conversation,
                                                                parent));
                                    }
                                    Messages.setLeaf(transaction, conversation, parent.getAsLong());
                                    return null;
                                }));
        assertEquals(3_000, await(store.messages().branch(conversation)).steps().size());
        await(store.conversations().delete(conversation));
        assertEquals(1, purgeDeleted());
    }

    @Test
    void settingsAreThereAtOnceAndAfterTheNextStart() throws Exception {
        store.settings().put("theme", "dark");
        assertEquals("dark", store.settings().get("theme").orElseThrow());
        reopen();
        assertEquals("dark", store.settings().get("theme").orElseThrow());
        assertTrue(store.settings().get("none").isEmpty());
    }

    @Test
    void listenersHearOfAChangeAfterItIsOnTheDisk() throws Exception {
        LinkedBlockingQueue<Change> changes = new LinkedBlockingQueue<>();
        store.addListener(
                change -> {
                    throw new IllegalStateException("a bad listener harms nobody");
                });
        store.addListener(changes::add);
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {});
        try {
            long conversation = newConversation("x");
            assertEquals(new Change.ConversationList(), changes.poll(5, TimeUnit.SECONDS));
            ask(conversation, OptionalLong.empty(), "hello");
            assertEquals(new Change.Messages(conversation), changes.poll(5, TimeUnit.SECONDS));
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    private static String query(Path database, String sql) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
