package io.step3.desktop.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damages each file of a data folder, closed in order or left by a killed program, in many ways.
 * Whatever happens, nothing may be lost or changed without a word. {@code -Dstep3.damages=400}
 * tries more of them, {@code -Dstep3.seed=N} others.
 */
class DamagedFilesTest {

    private static final int ROUNDS = Integer.getInteger("step3.damages", 80);
    private static final long SEED = Long.getLong("step3.seed", 20261128);
    private static final int CONVERSATIONS = 12;

    @TempDir static Path root;

    private static Path closed;
    private static Path killed;
    private static List<String> written;

    private enum Damage {
        ONE_BIT,
        HUNDRED_BITS,
        CUT,
        ZERO_PAGE,
        NOISE,
        HEADER,
        EMPTY,
        DELETED;

        void to(Path file, Random random) throws IOException {
            byte[] bytes = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
            switch (this) {
                case ONE_BIT -> flip(bytes, 1, random);
                case HUNDRED_BITS -> flip(bytes, 100, random);
                case CUT -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
                case ZERO_PAGE -> {
                    int at = random.nextInt(Math.max(1, bytes.length / 4096)) * 4096;
                    Arrays.fill(bytes, at, Math.min(at + 4096, bytes.length), (byte) 0);
                }
                case NOISE -> random.nextBytes(bytes);
                case HEADER -> {
                    for (int i = 0; i < 4 && bytes.length > 100; i++) {
                        bytes[random.nextInt(100)] = (byte) random.nextInt(256);
                    }
                }
                case EMPTY -> bytes = new byte[0];
                case DELETED -> {
                    Files.deleteIfExists(file);
                    return;
                }
            }
            Files.write(file, bytes);
        }

        private static void flip(byte[] bytes, int count, Random random) {
            for (int i = 0; i < count && bytes.length > 0; i++) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
        }
    }

    @BeforeAll
    static void write() throws Exception {
        closed = root.resolve("closed");
        killed = root.resolve("killed");
        Path folder = root.resolve("written");
        Random random = new Random(5);
        try (Store store = Store.open(folder)) {
            for (int c = 0; c < CONVERSATIONS; c++) {
                long id =
                        store.conversations()
                                .create("conversation " + c, OptionalLong.empty())
                                .get()
                                .id();
                OptionalLong parent = OptionalLong.empty();
                byte[] picture = new byte[3000];
                random.nextBytes(picture);
                String sha256 = store.attachments().put(picture, "image/png", 3, 3).get().sha256();
                for (int m = 0; m < 6; m++) {
                    List<Part> parts = new ArrayList<>();
                    parts.add(
                            new Part.Text(
                                    "question " + c + m + " lorem".repeat(random.nextInt(200))));
                    if (m == 3) {
                        parts.add(new Part.Image(sha256, "p.png"));
                    }
                    var turn = store.messages().send(id, parent, parts, "tiny").get();
                    turn.answer()
                            .append(
                                    StreamingMessage.Channel.ANSWER,
                                    "answer " + c + m + " ipsum dolor".repeat(random.nextInt(300)));
                    turn.answer().append(StreamingMessage.Channel.REASONING, "reason " + m);
                    turn.answer().finish(StreamingMessage.Ending.of(MessageStatus.COMPLETE)).get();
                    parent = OptionalLong.of(turn.answer().id());
                }
            }
            copy(folder, killed);
            written = everything(store);
        }
        copy(folder, closed);
    }

    @Test
    void nothingIsLostWithoutAWordWhateverFileIsDamaged() throws Exception {
        System.out.println("damages: seed " + SEED);
        Random random = new Random(SEED);
        Map<String, Integer> outcomes = new TreeMap<>();
        for (int i = 0; i < ROUNDS; i++) {
            boolean left = random.nextBoolean();
            Path folder = copy(left ? killed : closed, root.resolve("round" + i));
            List<Path> files = new ArrayList<>();
            files.add(folder.resolve("step3.db"));
            files.add(folder.resolve("step3.seal"));
            if (left) {
                files.add(folder.resolve("step3.db-wal"));
                files.add(folder.resolve("step3.db-wal"));
                files.add(folder.resolve("step3.db-shm"));
            }
            try (Stream<Path> pictures = Attachments.files(new DataFolder(folder))) {
                files.add(pictures.sorted().toList().get(random.nextInt(CONVERSATIONS)));
            }
            Path file = files.get(random.nextInt(files.size()));
            Damage damage = Damage.values()[random.nextInt(Damage.values().length)];
            damage.to(file, random);
            String name = file.getFileName().toString();
            String what = (name.length() > 20 ? "picture" : name) + " " + damage;
            outcomes.merge(what + ": " + outcome(folder, file, what), 1, Integer::sum);
            delete(folder);
        }
        outcomes.forEach((outcome, count) -> System.out.println(count + "\t" + outcome));
    }

    private static String outcome(Path folder, Path file, String what) throws Exception {
        byte[] found = Files.exists(file) ? Files.readAllBytes(file) : null;
        Set<String> pictures = pictures(folder);
        String outcome;
        try (Store store = Store.open(folder)) {
            OpenReport report = store.report();
            List<String> read = everything(store);
            List<String> lost = new ArrayList<>(written);
            lost.removeAll(read);
            boolean told = !report.damage().isEmpty() || report.missingPictures() > 0;
            boolean picture = read.stream().anyMatch(line -> line.startsWith("unreadable"));
            assertTrue(
                    lost.isEmpty() || told || picture, what + " loses " + lost + " without a word");
            if (report.damagedKeptIn().isPresent()
                    && found != null
                    && file.getParent().equals(folder)
                    && !what.startsWith("step3.seal")
                    && !what.startsWith("step3.db-shm")) {
                assertArrayEquals(
                        found,
                        Files.readAllBytes(
                                report.damagedKeptIn().get().resolve(file.getFileName())),
                        what);
            }
            life(store);
            outcome =
                    report.damage().stream().map(d -> d.getClass().getSimpleName()).toList()
                            + (report.missingPictures() > 0 ? " picture told" : "")
                            + (picture ? " picture refused" : "")
                            + (lost.isEmpty()
                                    ? " all there"
                                    : " " + (lost.size() < 15 ? "few" : "many") + " lost");
        } catch (StoreException.DatabaseLost | StoreException.TooNew e) {
            outcome = "refused: " + e.getClass().getSimpleName();
            if (found == null) {
                assertTrue(Files.notExists(file), what);
            } else {
                assertArrayEquals(found, Files.readAllBytes(file), what);
            }
        }
        Set<String> gone = new HashSet<>(pictures);
        gone.removeAll(pictures(folder));
        assertEquals(Set.of(), gone, what + " deletes pictures");
        try (Store again = Store.open(folder)) {
            assertEquals(List.of(), again.report().damage(), what + " is told at each start");
        } catch (StoreException.DatabaseLost | StoreException.TooNew e) {
            assertTrue(outcome.startsWith("refused"), what + ": " + e);
        }
        return outcome;
    }

    /** The store can be used after it was opened. */
    private static void life(Store store) throws Exception {
        store.search().find("ipsum", 50).get();
        long id = store.conversations().create("new", OptionalLong.empty()).get().id();
        var turn =
                store.messages()
                        .send(id, OptionalLong.empty(), List.of(new Part.Text("x")), "m")
                        .get();
        turn.answer().append(StreamingMessage.Channel.ANSWER, "y");
        turn.answer()
                .finish(StreamingMessage.Ending.of(MessageStatus.COMPLETE))
                .get(10, TimeUnit.SECONDS);
    }

    /** All that the window could show, a line for each thing. */
    private static List<String> everything(Store store) throws Exception {
        List<Conversation> list = new ArrayList<>(store.conversations().list().get());
        list.sort(Comparator.comparing(Conversation::id));
        List<String> all = new ArrayList<>();
        for (Conversation conversation : list) {
            all.add("title " + conversation.title());
            for (var step : store.messages().branch(conversation.id()).get().steps()) {
                Message message = step.message();
                all.add("text " + message.text());
                all.add("reasoning " + message.reasoning() + message.status() + message.model());
                for (Part part : message.parts()) {
                    if (part instanceof Part.Image(String sha256, String _)) {
                        try {
                            byte[] bytes = store.attachments().bytes(sha256).get();
                            all.add("picture " + Attachments.sha256(bytes));
                        } catch (ExecutionException e) {
                            assertTrue(e.getCause() instanceof StoreException.PictureLost);
                            all.add("unreadable " + sha256);
                        }
                    }
                }
            }
        }
        return all;
    }

    private static Set<String> pictures(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return Set.copyOf(
                    files.filter(Files::isRegularFile)
                            .map(file -> file.getFileName().toString())
                            .filter(name -> name.length() == 64)
                            .toList());
        }
    }

    private static Path copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                if (!file.toString().endsWith(".sock")) {
                    Files.copy(
                            file,
                            to.resolve(from.relativize(file).toString()),
                            StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
        return to;
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
