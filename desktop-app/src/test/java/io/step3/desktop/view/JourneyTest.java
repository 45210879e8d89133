package io.step3.desktop.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.chat.Ability;
import io.step3.chat.Cancellation;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatStream;
import io.step3.chat.SamplingOptions;
import io.step3.desktop.markdown.Block;
import io.step3.desktop.markdown.MarkdownStream;
import io.step3.desktop.model.MessageViewModel;
import io.step3.desktop.model.ModelChoice;
import io.step3.desktop.model.ModelLoader;
import io.step3.desktop.store.Message;
import io.step3.desktop.store.MessageStatus;
import io.step3.generate.InspectableModel;
import io.step3.generate.ModelShape;
import io.step3.generate.TokenTexts;
import io.step3.image.ImageTokens;
import io.step3.model.ForwardObserver;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import javafx.scene.control.Button;
import javafx.scene.input.KeyCode;
import org.junit.jupiter.api.Test;

/** From end to end, with the real engine on a small checkpoint. Its answers are babble. */
class JourneyTest extends WindowTestBase {

    private static final Path GOLDEN = Path.of(System.getProperty("step3.golden"));
    private static final ModelChoice MODEL =
            new ModelChoice.Folder(GOLDEN.resolve("checkpoints/a"));

    private MessageViewModel last() {
        return desk.conversation().messages().getLast();
    }

    private void ask(String text, int tokens) throws Exception {
        onFx(
                () -> {
                    desk.conversation()
                            .controls()
                            .samplingProperty()
                            .set(
                                    SamplingOptions.builder()
                                            .seed(1L)
                                            .temperature(1.0)
                                            .thinkBudget(8)
                                            .maxTokens(tokens)
                                            .build());
                    desk.conversation().draft().textProperty().set(text);
                    view.write();
                });
        int before = on(() -> desk.conversation().messages().size());
        press(KeyCode.ENTER, false, false, false);
        await(() -> desk.conversation().messages().size() == before + 2);
    }

    private void awaitEnd() throws Exception {
        await(
                () ->
                        !desk.conversation().answering().runningProperty().get()
                                && !last().isStreaming());
    }

    @Test
    void askWithAPictureStopRegenerateBranchSearch() throws Exception {
        open((choice, progress) -> new SlowModel(ModelLoader.local(choice, progress)), MODEL);
        surface.pictures = List.of(GOLDEN.resolve("image/p900x700.png"));
        press(KeyCode.O, false, true, false);
        await(() -> desk.conversation().draft().pictures().size() == 1);
        ask("How many violet zebras?", 40);
        awaitEnd();
        Message first = on(() -> last().message());
        assertEquals(MessageStatus.COMPLETE, first.status());
        assertTrue(on(() -> last().usage().promptTokens()) > 9, "the picture's tokens are counted");
        assertTrue(!first.reasoning().isEmpty() || !first.answer().isEmpty());

        ask("And now at length?", 4000);
        await(() -> last().progressProperty().get().tokens() > 20);
        press(KeyCode.ESCAPE, false, false, false);
        awaitEnd();
        Message stopped = on(() -> last().message());
        assertEquals(MessageStatus.STOPPED, stopped.status());
        assertTrue(stopped.reasoning().length() + stopped.answer().length() > 0);

        press(KeyCode.R, false, true, false);
        await(() -> last().id() != stopped.id());
        await(() -> last().progressProperty().get().tokens() > 5);
        press(KeyCode.ESCAPE, false, false, false);
        awaitEnd();
        assertEquals(2, on(() -> last().stepProperty().get().siblings().size()));
        press(KeyCode.LEFT, false, false, true);
        await(() -> last().id() == stopped.id());

        String goOn = desk.words().text("continue");
        await(() -> buttons(goOn) == 1);
        ask("Something else", 5);
        awaitEnd();
        assertTrue(on(() -> last().usage().cutShort()));
        // Only of the last answer, which is cut short: another turn follows the one before.
        await(() -> buttons(goOn) == 1);
        assertTrue(on(() -> desk.conversation().canContinue(last())));

        onFx(() -> desk.sidebar().queryProperty().set("violet zebras"));
        await(() -> !desk.sidebar().hits().isEmpty());
        onFx(() -> desk.newConversation());
        onFx(() -> desk.open(desk.sidebar().hits().getFirst()));
        await(() -> desk.conversation().messages().size() == 6);
    }

    private long buttons(String text) {
        return all(view).stream()
                .filter(node -> node instanceof Button && node.isVisible())
                .filter(node -> text.equals(node.getAccessibleText()))
                .count();
    }

    @Test
    void anAnswerThatIsStoppedAndContinuedIsTheOneThatWasNotStopped() throws Exception {
        open(
                (choice, progress) -> new SlowModel(ModelLoader.local(choice, progress)),
                ModelChoice.builtIn().orElseThrow());
        String question = "What is 17 + 25?";
        var greedy = SamplingOptions.builder().temperature(0.0);
        onFx(() -> desk.conversation().controls().samplingProperty().set(greedy.build()));
        type(question);
        awaitEnd();
        Message whole = on(() -> last().message());
        int tokens = on(() -> last().usage().completionTokens());
        assertEquals(MessageStatus.COMPLETE, whole.status());

        onFx(() -> desk.newConversation());
        onFx(() -> desk.conversation().controls().samplingProperty().set(greedy.build()));
        type(question);
        long id = on(() -> last().id());
        // In the thought, and later in the answer.
        for (int most : new int[] {5, tokens - 6}) {
            await(() -> last().progressProperty().get().tokens() >= most);
            press(KeyCode.ESCAPE, false, false, false);
            awaitEnd();
            assertEquals(MessageStatus.STOPPED, on(() -> last().message().status()));
            int thought = on(() -> last().usage().reasoningTokens());
            onFx(() -> button(desk.words().text("continue")).fire());
            await(() -> last().isStreaming());
            assertTrue(on(() -> last().progressProperty().get().thought()) >= thought);
        }
        awaitEnd();
        Message joined = on(() -> last().message());
        assertEquals(id, joined.id());
        assertEquals(MessageStatus.COMPLETE, joined.status());
        assertEquals(whole.reasoning(), joined.reasoning());
        assertEquals(whole.answer(), joined.answer());
        assertEquals(tokens, on(() -> last().usage().completionTokens()));
        assertEquals(2, on(() -> desk.conversation().messages().size()));
        // What is shown is what is kept.
        await(() -> shown(1).equals(MarkdownStream.parse(whole.answer())));
        await(() -> shown(0).equals(MarkdownStream.parse(whole.reasoning())));
    }

    private void type(String question) throws Exception {
        onFx(
                () -> {
                    desk.conversation().draft().textProperty().set(question);
                    view.write();
                });
        press(KeyCode.ENTER, false, false, false);
        await(() -> desk.conversation().messages().size() == 2);
    }

    private Button button(String text) {
        return all(view).stream()
                .filter(Button.class::isInstance)
                .map(Button.class::cast)
                .filter(b -> text.equals(b.getAccessibleText()))
                .findFirst()
                .orElseThrow();
    }

    /** The blocks of the last message's thought or answer. */
    private List<Block> shown(int document) {
        return all(view).stream()
                .filter(MessageView.class::isInstance)
                .map(MessageView.class::cast)
                .reduce((_, later) -> later)
                .map(message -> List.copyOf(message.documents()[document].blocks()))
                .orElseThrow();
    }

    @Test
    void afterAKillTheAnswerIsThereAsInterrupted() throws Exception {
        Path data = folder.resolve("data");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "-Djava.awt.headless=true",
                        "-Dglass.platform=Headless",
                        "-Dprism.order=sw",
                        "-Dstep3.golden=" + GOLDEN,
                        "-cp",
                        System.getProperty("java.class.path"),
                        WindowToBeKilled.class.getName(),
                        folder.toString()));
        Process program = new ProcessBuilder(command).redirectErrorStream(true).start();
        StringBuilder said = new StringBuilder();
        try (var out =
                new BufferedReader(
                        new InputStreamReader(program.getInputStream(), StandardCharsets.UTF_8))) {
            String line;
            while ((line = out.readLine()) != null && !line.equals("STREAMING")) {
                said.append(line).append('\n');
            }
            assertEquals("STREAMING", line, said.toString());
        } finally {
            program.destroyForcibly().waitFor();
        }
        open(ModelLoader::local, MODEL);
        assertEquals(data, store.folder());
        assertEquals(1, store.report().interrupted());
        await(() -> desk.sidebar().conversations().size() == 1);
        onFx(() -> desk.open(desk.sidebar().conversations().getFirst().id()));
        await(() -> desk.conversation().messages().size() == 2);
        assertEquals(MessageStatus.INTERRUPTED, on(() -> last().message().status()));
        assertTrue(on(() -> last().reasoning().length() + last().answer().length()) > 0);
        assertTrue(on(() -> !desk.notices().notices().isEmpty()));

        String thought = on(() -> last().reasoning().text());
        String answer = on(() -> last().answer().text());
        long id = on(() -> last().id());
        press(KeyCode.ENTER, true, true, false);
        await(
                () ->
                        last().reasoning().length() + last().answer().length()
                                > thought.length() + answer.length());
        press(KeyCode.ESCAPE, false, false, false);
        awaitEnd();
        Message more = on(() -> last().message());
        assertEquals(id, more.id());
        assertEquals(MessageStatus.STOPPED, more.status());
        assertTrue(more.reasoning().startsWith(thought));
        assertTrue(more.answer().startsWith(answer));
    }

    /** Opens a window, asks, and says so once pieces of the answer are a second old. */
    static final class WindowToBeKilled extends WindowTestBase {
        public static void main(String[] args) throws Exception {
            startToolkit();
            var test = new WindowToBeKilled();
            test.folder = Path.of(args[0]);
            test.open(
                    (choice, progress) -> new SlowModel(ModelLoader.local(choice, progress)),
                    MODEL);
            onFx(
                    () -> {
                        test.desk.conversation().draft().textProperty().set("Go on for ever");
                        test.desk
                                .conversation()
                                .controls()
                                .samplingProperty()
                                .set(
                                        SamplingOptions.builder()
                                                .temperature(1.0)
                                                .seed(3L)
                                                .thinkBudget(3000)
                                                .build());
                        test.desk.conversation().send();
                    });
            test.await(
                    () ->
                            !test.desk.conversation().messages().isEmpty()
                                    && test.desk
                                                    .conversation()
                                                    .answering()
                                                    .progressProperty()
                                                    .get()
                                                    .tokens()
                                            > 30);
            Thread.sleep(800);
            System.out.println("STREAMING");
            Thread.sleep(60_000);
        }
    }

    /**
     * The real model, but at a reader's pace, so that its babble does not end before the stop or
     * the kill.
     */
    private record SlowModel(InspectableModel model) implements InspectableModel {
        @Override
        public String name() {
            return model.name();
        }

        @Override
        public OptionalInt contextLength() {
            return model.contextLength();
        }

        @Override
        public Optional<ImageTokens> imageTokens() {
            return model.imageTokens();
        }

        @Override
        public ModelShape shape() {
            return model.shape();
        }

        @Override
        public TokenTexts tokenTexts() {
            return model.tokenTexts();
        }

        @Override
        public Set<Ability> abilities() {
            return model.abilities();
        }

        @Override
        public OptionalInt promptTokens(ChatRequest request) {
            return model.promptTokens(request);
        }

        @Override
        public ChatStream chat(
                ChatRequest request, Cancellation cancellation, ForwardObserver observer) {
            ChatStream stream = model.chat(request, cancellation, observer);
            return new ChatStream() {
                @Override
                public boolean hasNext() {
                    return stream.hasNext();
                }

                @Override
                public ChatChunk next() {
                    LockSupport.parkNanos(15_000_000);
                    return stream.next();
                }

                @Override
                public void close() {
                    stream.close();
                }
            };
        }

        @Override
        public void close() {
            model.close();
        }
    }
}
