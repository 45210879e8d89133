package io.step3.desktop.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.chat.Ability;
import io.step3.chat.BegunReply;
import io.step3.chat.Cancellation;
import io.step3.chat.ChatMessage;
import io.step3.chat.ChatModel;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatStream;
import io.step3.chat.SamplingOptions;
import io.step3.desktop.store.MessageStatus;
import io.step3.desktop.store.Part;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConversationViewModelTest extends DeskTestBase {

    private static final Path GOLDEN = Path.of(System.getProperty("step3.golden"));

    @Test
    void anAnswerIsShownAndKept() throws Exception {
        var model = openReady(model(true, 4096));
        talk().controls().systemPromptProperty().set("Be brief.");
        talk().controls().samplingProperty().set(SamplingOptions.builder().seed(7L).build());
        askAndWait(model, "How many?");
        MessageViewModel answer = talk().messages().getLast();
        assertEquals("Let me count.", answer.reasoning().text());
        assertEquals("Three red ones.", answer.answer().text());
        assertEquals(MessageStatus.COMPLETE, answer.message().status());
        assertEquals(3, answer.usage().reasoningTokens());
        assertEquals("", talk().draft().textProperty().get());
        assertEquals("How many?", talk().titleProperty().get());
        assertEquals("Three red ones.", store.messages().get(answer.id()).get().answer());
        List<ChatMessage> asked = model.requests.getFirst().messages();
        assertEquals("Be brief.", asked.getFirst().text());
        assertEquals(7L, model.requests.getFirst().sampling().seed());
        await(() -> desk.sidebar().conversations().size() == 1);
    }

    @Test
    void whatCameBeforeAStopIsKept() throws Exception {
        var model = openReady(model(true, 4096));
        model.allowed.release(4);
        ask("How many?");
        await(() -> talk().messages().getLast().answer().length() > 0);
        talk().answering().stop();
        await(() -> !talk().messages().getLast().isStreaming());
        assertEquals(MessageStatus.STOPPED, talk().messages().getLast().message().status());
        assertEquals("Three ", talk().messages().getLast().message().answer());
    }

    private void stopAfter(ScriptedModel model, int pieces) {
        int before = written();
        model.allowed.release(pieces);
        await(() -> written() == before + pieces);
        talk().answering().stop();
        await(() -> !talk().answering().runningProperty().get());
        await(() -> !talk().messages().getLast().isStreaming());
    }

    /** Pieces, each of which is a word. */
    private int written() {
        MessageViewModel last = talk().messages().getLast();
        String text = last.reasoning().text() + " " + last.answer().text();
        return text.isBlank() ? 0 : text.strip().split("\\s+").length;
    }

    @Test
    void aStoppedAnswerGoesOnInTheSameMessageAsOftenAsItIsStopped() throws Exception {
        var model = openReady(model(true, 4096));
        ask("How many?");
        MessageViewModel message = talk().messages().getLast();
        // In the thought, at its end, and twice in the answer.
        for (int pieces : new int[] {1, 2, 1, 1}) {
            stopAfter(model, pieces);
            assertEquals(MessageStatus.STOPPED, message.message().status());
            assertTrue(talk().canContinue(message));
            talk().continueAnswer();
            await(message::isStreaming);
            await(() -> message.progressProperty().get().stage() != AnswerProgress.Stage.NONE);
            assertEquals(written(), message.progressProperty().get().tokens());
            assertFalse(talk().canContinue(message));
        }
        model.allowed.release(1000);
        await(() -> message.message().status() == MessageStatus.COMPLETE);
        assertSame(message, talk().messages().getLast());
        assertEquals(2, talk().messages().size());
        assertEquals(1, message.stepProperty().get().siblings().size());
        assertEquals("Let me count.", message.reasoning().text());
        assertEquals("Three red ones.", message.answer().text());
        assertEquals("Let me count.", message.message().reasoning());
        assertEquals("Three red ones.", message.message().answer());
        assertEquals(3, message.usage().reasoningTokens());
        assertEquals(6, message.usage().completionTokens());
        assertEquals(10, message.usage().promptTokens());
        assertEquals(42.5, message.usage().tokensPerSecond(), 1e-9);
        assertFalse(talk().canContinue(message));
        assertEquals(
                List.of(
                        BegunReply.NOTHING,
                        BegunReply.thinking("Let "),
                        BegunReply.thinking("Let me count."),
                        new BegunReply("Let me count.", Optional.of("Three ")),
                        new BegunReply("Let me count.", Optional.of("Three red "))),
                model.requests.stream().map(ChatRequest::begun).toList());
        assertEquals(
                List.of("How many?"),
                model.requests.getLast().messages().stream().map(ChatMessage::text).toList());
    }

    @Test
    void anInterruptedAnswerGoesOnAfterARestart() throws Exception {
        var model = openReady(model(true, 4096));
        ask("How many?");
        stopAfter(model, 1);
        int cost = talk().messages().getLast().usage().promptTokens();
        assertTrue(cost > 0);
        talk().continueAnswer();
        await(talk().messages().getLast()::isStreaming);
        for (int pieces : new int[] {1, 3}) {
            model.allowed.release(pieces);
            int before = written();
            await(() -> written() == before + pieces);
            long id = talk().messages().getLast().id();
            // On the disk within a second; then the program is gone, the answer never ended.
            int length =
                    (talk().messages().getLast().reasoning().text()
                                    + talk().messages().getLast().answer().text())
                            .length();
            await(() -> kept(id) == length);
            store.close();
            desk.stopAll();
            model = openReady(model(true, 4096));
            await(() -> desk.sidebar().conversations().size() == 1);
            desk.open(desk.sidebar().conversations().getFirst().id());
            await(() -> talk().messages().size() == 2);
            MessageViewModel message = talk().messages().getLast();
            assertEquals(id, message.id());
            assertEquals(MessageStatus.INTERRUPTED, message.message().status());
            assertEquals(cost, message.usage().promptTokens());
            assertTrue(talk().canContinue(message));
            talk().continueAnswer();
            await(message::isStreaming);
        }
        model.allowed.release(1000);
        MessageViewModel message = talk().messages().getLast();
        await(() -> message.message().status() == MessageStatus.COMPLETE);
        assertEquals("Let me count.", message.message().reasoning());
        assertEquals("Three red ones.", message.message().answer());
        assertEquals(6, message.usage().completionTokens());
    }

    private int kept(long id) {
        var message = store.messages().get(id).join();
        return message.reasoning().length() + message.answer().length();
    }

    @Test
    void anAnswerThatAnotherTurnFollowsIsNotContinued() throws Exception {
        var model = openReady(model(true, 4096));
        ask("one");
        stopAfter(model, 1);
        MessageViewModel stopped = talk().messages().getLast();
        askAndWait(model, "two");
        assertFalse(talk().canContinue(stopped));
        assertFalse(talk().canContinue(talk().messages().getLast()), "it is complete");
        assertFalse(talk().canContinue(talk().messages().getFirst()), "a person wrote it");
        talk().continueAnswer();
        assertFalse(talk().answering().runningProperty().get());
        assertEquals(2, model.requests.size());
    }

    @Test
    void aFailedContinuationKeepsWhatWasThereAndCanBeTriedAgain() throws Exception {
        var model = openReady(model(true, 4096));
        ask("one");
        stopAfter(model, 4);
        MessageViewModel message = talk().messages().getLast();
        model.failure = new IllegalStateException("NaN in layer 3");
        talk().continueAnswer();
        await(() -> message.message().status() == MessageStatus.FAILED);
        assertEquals("Three ", message.message().answer());
        assertEquals(4, message.usage().completionTokens());
        model.failure = null;
        await(() -> !talk().answering().runningProperty().get());
        model.allowed.release(1000);
        talk().continueAnswer();
        await(() -> message.message().status() == MessageStatus.COMPLETE);
        assertEquals("", message.message().error());
        assertEquals("Three red ones.", message.message().answer());
    }

    @Test
    void anotherModelIsLoadedOnlyWhenTheAnswerHasStopped() throws Exception {
        var old = model(true, 4096);
        var next = model(false, 512);
        var models = new ArrayDeque<>(List.of(old, next));
        open((_, _) -> models.remove());
        desk.model().load(new ModelChoice.Folder(folder));
        await(() -> desk.model().ready().isPresent());
        old.allowed.release(4);
        ask("slow");
        await(() -> written() == 4);
        ConversationViewModel hidden = talk();
        desk.newConversation();
        desk.use(new ModelChoice.Folder(folder.resolve("other")));
        await(() -> desk.model().ready().equals(Optional.of(next)));
        assertTrue(old.closed);
        assertFalse(old.closedWhileWriting);
        await(() -> !hidden.answering().runningProperty().get());
        await(() -> !hidden.messages().getLast().isStreaming());
        var kept = hidden.messages().getLast().message();
        assertEquals(MessageStatus.STOPPED, kept.status());
        assertEquals("Three ", kept.answer());
    }

    @Test
    void anAnswerThatHasNotBegunWhenTheModelIsSwitchedStops() throws Exception {
        var old = model(true, 4096);
        var models = new ArrayDeque<>(List.of(old, model(true, 4096)));
        open((_, _) -> models.remove());
        desk.model().load(new ModelChoice.Folder(folder));
        await(() -> desk.model().ready().isPresent());
        talk().draft().textProperty().set("soon");
        talk().send();
        desk.use(new ModelChoice.Folder(folder.resolve("other")));
        await(() -> talk().messages().size() == 2 && !talk().answering().runningProperty().get());
        await(() -> !talk().messages().getLast().isStreaming());
        assertEquals(MessageStatus.STOPPED, talk().messages().getLast().message().status());
        assertTrue(old.requests.isEmpty());
    }

    @Test
    void regeneratingAndEditingMakeBranchesAndLoseNothing() throws Exception {
        var model = openReady(model(true, 4096));
        askAndWait(model, "first");
        long first = talk().messages().getLast().id();
        model.allowed.release(1000);
        talk().regenerate(talk().messages().getLast());
        await(
                () ->
                        talk().messages().getLast().id() != first
                                && !talk().answering().runningProperty().get());
        assertEquals(2, talk().messages().getLast().stepProperty().get().siblings().size());
        talk().showSibling(first);
        await(() -> talk().messages().getLast().id() == first);
        talk().edit(talk().messages().getFirst(), "second");
        await(() -> talk().messages().getFirst().text().equals("second"));
        await(
                () ->
                        !talk().answering().runningProperty().get()
                                && !talk().messages().getLast().isStreaming());
        var step = talk().messages().getFirst().stepProperty().get();
        assertEquals(2, step.siblings().size());
        talk().showSibling(step.previous().getAsLong());
        await(() -> talk().messages().getFirst().text().equals("first"));
        assertEquals(first, talk().messages().getLast().id());
    }

    @Test
    void theNextTurnIsGivenTheTurnsBefore() throws Exception {
        var model = openReady(model(true, 4096));
        askAndWait(model, "one");
        askAndWait(model, "two");
        assertEquals(
                List.of("one", "Three red ones.", "two"),
                model.requests.getLast().messages().stream().map(ChatMessage::text).toList());
    }

    @Test
    void allOfAnAnswerIsToldBeforeItIsWhole() throws Exception {
        // No frame comes before the store says that the answer is complete.
        frame = _ -> {};
        var model = openReady(model(true, 4096));
        model.allowed.release(1000);
        ask("one");
        MessageViewModel answer = talk().messages().getLast();
        var told = new StringBuilder();
        answer.answer().listen(told::append);
        await(() -> answer.message().status() == MessageStatus.COMPLETE);
        assertEquals("Three red ones.", told.toString());
    }

    @Test
    void aPictureIsTakenInWithItsTrueSizeAndSent() throws Exception {
        var model = openReady(model(true, 4096));
        talk().draft().attach(GOLDEN.resolve("image/p900x700.png"));
        await(() -> talk().draft().pictures().size() == 1);
        Picture picture = talk().draft().pictures().getFirst();
        assertEquals(900, picture.width());
        assertEquals(700, picture.height());
        askAndWait(model, "look");
        assertEquals(1, model.requests.getFirst().images().size());
        assertTrue(talk().draft().pictures().isEmpty());
        talk().removePicture(talk().messages().getFirst(), 0);
        await(() -> talk().messages().getFirst().parts().getFirst() instanceof Part.RemovedImage);
        askAndWait(model, "again");
        assertTrue(model.requests.getLast().images().isEmpty());
    }

    @Test
    void aBlindModelIsNotAskedAboutPicturesAndTheDraftStays() throws Exception {
        var model = openReady(model(false, 4096));
        talk().draft().attach(GOLDEN.resolve("image/p56x56.png"));
        await(() -> talk().draft().pictures().size() == 1);
        talk().draft().textProperty().set("look");
        talk().send();
        await(() -> !desk.notices().notices().isEmpty());
        assertEquals("look", talk().draft().textProperty().get());
        assertEquals(1, talk().draft().pictures().size());
        assertTrue(model.requests.isEmpty());
    }

    @Test
    void aFailureOfTheModelStandsInTheMessage() throws Exception {
        var model = openReady(model(true, 4096));
        model.failure = new IllegalStateException("NaN in layer 3");
        askAndWait(model, "now");
        assertEquals(MessageStatus.FAILED, talk().messages().getLast().message().status());
        assertTrue(talk().messages().getLast().message().error().contains("NaN in layer 3"));
    }

    @Test
    void anAnswerGoesOnWhileAnotherConversationIsShown() throws Exception {
        var model = openReady(model(true, 4096));
        ask("slow");
        ConversationViewModel slow = talk();
        desk.newConversation();
        model.allowed.release(1000);
        await(() -> !slow.answering().runningProperty().get());
        await(() -> desk.sidebar().conversations().size() == 1);
        desk.open(desk.sidebar().conversations().getFirst().id());
        await(() -> talk().messages().size() == 2);
        assertEquals("Three red ones.", talk().messages().getLast().text());
    }

    @Test
    void nothingIsRecordedWhileThePanelInsideIsClosed() throws Exception {
        var model = openReady(model(true, 4096));
        askAndWait(model, "one");
        assertEquals(0, desk.inside().snapshot().context());
        desk.inside().openProperty().set(true);
        askAndWait(model, "two");
        InsideSnapshot seen = desk.inside().snapshot();
        assertEquals(6 * 3, seen.total(0));
        assertEquals(0.75, seen.confidence(), 0.3);
        assertTrue(seen.balance() > 0 && seen.balance() <= 1);
        assertEquals(seen.context() * seen.shape().cacheBytesPerToken(), seen.cacheBytes());
    }

    @Test
    void aModelThatCannotBeLoadedSaysWhy() throws Exception {
        open(ModelLoader::local);
        desk.model().load(new ModelChoice.Folder(folder));
        await(() -> desk.model().stateProperty().get() instanceof ModelState.Failed);
        var failed = (ModelState.Failed) desk.model().stateProperty().get();
        assertTrue(failed.message().contains("config.json"), failed.message());
    }

    @Test
    void searchFindsReasoningAndDeletingCanBeUndone() throws Exception {
        var model = openReady(model(true, 4096));
        askAndWait(model, "question");
        desk.sidebar().queryProperty().set("count");
        await(() -> desk.sidebar().hits().size() == 1);
        desk.sidebar().queryProperty().set("");
        await(() -> desk.sidebar().conversations().size() == 1);
        desk.sidebar().delete(desk.sidebar().conversations().getFirst());
        await(() -> desk.sidebar().conversations().isEmpty());
        assertTrue(talk().messages().isEmpty());
        desk.notices().notices().getLast().action().orElseThrow().run().run();
        await(() -> desk.sidebar().conversations().size() == 1);
    }

    @Test
    void aConversationIsCalledAfterItsFirstLineOrItsPicture() throws Exception {
        var model = openReady(model(true, 4096));
        talk().draft().attach(GOLDEN.resolve("image/p56x56.png"));
        await(() -> talk().draft().pictures().size() == 1);
        askAndWait(model, "\n  " + "😀".repeat(61) + "\nmore");
        assertEquals("😀".repeat(60) + "…", talk().titleProperty().get());
        desk.newConversation();
        talk().draft().attach(GOLDEN.resolve("image/p56x56.png"));
        await(() -> talk().draft().pictures().size() == 1);
        askAndWait(model, "");
        assertEquals("p56x56.png", talk().titleProperty().get());
    }

    /** A model of which nothing but its answers is known, as one on a server. */
    private record Distant(ScriptedModel model) implements ChatModel {
        @Override
        public String name() {
            return "Distant";
        }

        @Override
        public OptionalInt contextLength() {
            return OptionalInt.empty();
        }

        @Override
        public Set<Ability> abilities() {
            return Set.of(Ability.THINK);
        }

        @Override
        public OptionalInt promptTokens(ChatRequest request) {
            return OptionalInt.empty();
        }

        @Override
        public ChatStream chat(ChatRequest request, Cancellation cancellation) {
            return model.chat(request, cancellation);
        }

        @Override
        public void close() {
            model.close();
        }
    }

    @Test
    void aModelThatCannotBeWatchedNorCountsAnswersAllTheSame() throws Exception {
        ScriptedModel model = model(true, 4096);
        open((_, _) -> new Distant(model));
        desk.model().load(new ModelChoice.Folder(folder));
        await(() -> desk.model().ready().isPresent());
        desk.inside().openProperty().set(true);
        model.allowed.release(2);
        ask("How many?");
        MessageViewModel message = talk().messages().getLast();
        await(() -> message.progressProperty().get().tokens() == 2);
        assertEquals(AnswerProgress.Stage.THINKING, message.progressProperty().get().stage());
        assertEquals(0, desk.inside().snapshot().context());
        assertEquals(AttentionSnapshot.EMPTY, desk.inside().attention(-1));
        talk().answering().stop();
        await(() -> talk().messages().getLast().message().status() == MessageStatus.STOPPED);
        assertFalse(talk().canContinue(talk().messages().getLast()), "it cannot go on");
        talk().regenerate(talk().messages().getLast());
        model.allowed.release(1000);
        await(() -> talk().messages().getLast().message().status() == MessageStatus.COMPLETE);
        MessageViewModel again = talk().messages().getLast();
        assertEquals("Three red ones.", again.answer().text());
        assertEquals(10, again.usage().promptTokens());
        assertEquals(6, again.usage().completionTokens());
        assertEquals(Optional.empty(), desk.model().imageTokens());
    }
}
