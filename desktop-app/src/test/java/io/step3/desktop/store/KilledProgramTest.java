package io.step3.desktop.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills another JVM in the middle of an answer, with no chance to clean up, and looks at what it
 * left.
 */
class KilledProgramTest {

    private static final int PIECES_PER_SECOND = 200;

    @TempDir Path folder;

    /** The program that is killed: streams an answer and tells each piece after it was appended. */
    static final class Streaming {
        public static void main(String[] arguments) throws Exception {
            Store store = Store.open(Path.of(arguments[0]));
            long conversation =
                    store.conversations().create("Killed", OptionalLong.empty()).get().id();
            Messages.Turn turn =
                    store.messages()
                            .send(
                                    conversation,
                                    OptionalLong.empty(),
                                    List.of(new Part.Text("Count")),
                                    "tiny")
                            .get();
            store.whenAskedToShow(() -> {});
            store.drafts().save(conversation, new Draft("typed while it answers", List.of()));
            for (int i = 0; ; i++) {
                turn.answer()
                        .append(
                                i % 2 == 0
                                        ? StreamingMessage.Channel.REASONING
                                        : StreamingMessage.Channel.ANSWER,
                                i + " ");
                System.out.println(i);
                Thread.sleep(1000 / PIECES_PER_SECOND);
            }
        }
    }

    @Test
    void afterAKillInTheMiddleOfAnAnswerAllButTheLastSecondIsThereMarkedAsInterrupted()
            throws Exception {
        Process program =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Streaming.class.getName(),
                                folder.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        int toldASecondBefore = -1;
        int told = -1;
        try (BufferedReader output = program.inputReader()) {
            long end = 0;
            String line;
            while ((line = output.readLine()) != null) {
                told = Integer.parseInt(line);
                long now = System.nanoTime();
                if (told == 0) {
                    var inUse = assertThrows(StoreException.InUse.class, () -> Store.open(folder));
                    assertTrue(inUse.askToShow());
                    now = System.nanoTime();
                    end = now + 3_000_000_000L;
                }
                if (now < end - 1_000_000_000L) {
                    toldASecondBefore = told;
                }
                if (now >= end) {
                    program.destroyForcibly().waitFor();
                    break;
                }
            }
        }
        assertTrue(
                toldASecondBefore > PIECES_PER_SECOND / 2,
                "too slow to tell: " + toldASecondBefore);

        try (Store store = Store.open(folder)) {
            assertEquals(1, store.report().interrupted());
            assertTrue(store.report().damagedKeptIn().isEmpty());
            Conversation conversation = store.conversations().list().get().getFirst();
            Message answer =
                    store.messages().branch(conversation.id()).get().steps().getLast().message();
            assertEquals(MessageStatus.INTERRUPTED, answer.status());
            int kept = checkPieces(answer.reasoning(), 0) + checkPieces(answer.answer(), 1);
            assertTrue(
                    kept > toldASecondBefore,
                    kept + " pieces kept, " + toldASecondBefore + " told a second before");
            System.out.printf(
                    "killed: %d pieces told, %d of them a second before, %d kept%n",
                    told + 1, toldASecondBefore + 1, kept);
            assertTrue(kept <= told + 100, kept + " pieces kept of " + told);
            assertEquals(
                    "typed while it answers", store.drafts().load(conversation.id()).get().text());
            assertTrue(
                    store.search()
                                    .find("\"" + answer.answer().substring(0, 9) + "\"", 10)
                                    .get()
                                    .size()
                            == 1,
                    "what was kept can be found");
        }
    }

    /** Checks that the pieces of one channel have no gap, and counts them. */
    private static int checkPieces(String text, int first) {
        String[] pieces = text.strip().split(" ");
        for (int i = 0; i < pieces.length; i++) {
            assertEquals(first + 2 * i, Integer.parseInt(pieces[i]));
        }
        return pieces.length;
    }
}
