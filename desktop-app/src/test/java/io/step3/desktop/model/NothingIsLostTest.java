package io.step3.desktop.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.desktop.store.Drafts;
import io.step3.desktop.store.Message;
import io.step3.desktop.store.MessageStatus;
import io.step3.image.RgbImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a person has typed, asked or been told is still there when something comes between. */
class NothingIsLostTest extends DeskTestBase {

    private static final Path PICTURE =
            Path.of(System.getProperty("step3.golden")).resolve("image/p900x700.png");

    private void type(String text) {
        talk().draft().textProperty().set(text);
    }

    private String typed() {
        return talk().draft().textProperty().get();
    }

    private String kept(long conversation) {
        return store.drafts().load(conversation).join().text();
    }

    @Test
    void whatIsTypedBetweenEnterAndTheDisksAnswerStays() throws Exception {
        openReady(model(true, 4096));
        type("How many?");
        talk().send();
        type("How many? And the next thought");
        await(() -> !talk().messages().isEmpty());
        assertEquals("And the next thought", typed());
        assertEquals("How many?", talk().messages().getFirst().text());
        assertEquals("And the next thought", kept(talk().id()));
        assertEquals("", kept(Drafts.NEW_CONVERSATION));
    }

    @Test
    void whatWasWrittenAnewMeanwhileStaysWhole() throws Exception {
        openReady(model(true, 4096));
        type("How many?");
        talk().send();
        type("Something else");
        await(() -> !talk().messages().isEmpty());
        assertEquals("Something else", typed());
    }

    @Test
    void whatIsSentTwiceInARowLosesNothing() throws Exception {
        var model = openReady(model(true, 4096));
        askAndWait(model, "one");
        type("two");
        talk().send();
        type("two three");
        model.allowed.release(1000);
        await(() -> talk().messages().size() == 4 && !talk().messages().getLast().isStreaming());
        assertEquals("three", typed());
    }

    @Test
    void anAnswerAskedForJustBeforeAnotherConversationHasAnOwner() throws Exception {
        var model = openReady(model(true, 4096));
        type("How many?");
        talk().send();
        ConversationViewModel asked = talk();
        desk.newConversation();
        assertNotSame(asked, talk());
        assertEquals("", typed(), "it was sent, and is no draft of the next one");
        type("the next");
        await(() -> asked.answering().runningProperty().get());
        settle();
        assertEquals("the next", typed());
        assertEquals("the next", kept(Drafts.NEW_CONVERSATION));
        desk.open(asked.id());
        await(() -> talk() == asked);
        await(() -> !model.requests.isEmpty());
        talk().answering().stop();
        await(() -> !talk().messages().isEmpty() && !talk().messages().getLast().isStreaming());
        assertEquals(
                MessageStatus.STOPPED,
                store.messages().branch(asked.id()).join().steps().getLast().message().status());
        assertEquals(1, model.requests.size());
    }

    @Test
    void anotherAnswerAskedForJustBeforeASwitchIsThereWhenOneComesBack() throws Exception {
        var model = openReady(model(true, 4096));
        askAndWait(model, "one");
        ConversationViewModel asked = talk();
        asked.regenerate(asked.messages().getLast());
        desk.newConversation();
        desk.open(asked.id());
        await(() -> talk().id() == asked.id());
        assertSame(asked, talk());
        await(() -> talk().answering().runningProperty().get());
    }

    @Test
    void whatCannotBeKeptAfterASwitchIsADraftAgain() throws Exception {
        openReady(model(true, 4096));
        type("How many?");
        // The store has no such picture, and so refuses the message.
        var missing = new Picture("ab".repeat(32), "a.png", 1, 1, new RgbImage(1, 1, new byte[3]));
        talk().draft().pictures().add(missing);
        talk().send();
        desk.newConversation();
        type("the next");
        await(() -> !desk.notices().notices().isEmpty());
        assertEquals("How many?\n\nthe next", typed());
        assertEquals(List.of(missing), talk().draft().pictures());
    }

    @Test
    void anErrorEndsTheAnswerAndFreesTheConversation() throws Exception {
        var model = openReady(model(true, 4096));
        for (Error error :
                List.of(
                        new StackOverflowError(),
                        new NoClassDefFoundError("gone"),
                        new InternalError("a fault occurred in a recent unsafe memory access"))) {
            model.error = error;
            ask("How many?");
            await(() -> !talk().messages().getLast().isStreaming());
            await(() -> talk().answering().isFree());
            Message answer = talk().messages().getLast().message();
            assertEquals(MessageStatus.FAILED, answer.status());
            assertFalse(answer.error().isBlank());
        }
        model.error = null;
        askAndWait(model, "And now?");
        assertEquals(MessageStatus.COMPLETE, talk().messages().getLast().message().status());
    }

    @Test
    void anExampleTakesThePlaceOfADraftOnlyUntilItIsUndone() throws Exception {
        openReady(model(true, 4096));
        type("my words");
        talk().draft().attach(PICTURE);
        await(() -> talk().draft().pictures().size() == 1);
        talk().draft().replace("an example", Files.readAllBytes(PICTURE), "example.png");
        await(() -> talk().draft().pictures().size() == 1);
        assertEquals("an example", typed());
        Notice undo = desk.notices().notices().getLast();
        assertEquals(Notice.Kind.UNDO, undo.kind());
        undo.action().orElseThrow().run().run();
        assertEquals("my words", typed());
        assertEquals(1, talk().draft().pictures().size());
        assertTrue(desk.notices().notices().isEmpty());
        type("");
        talk().draft().pictures().clear();
        talk().draft().replace("an example", null, null);
        assertTrue(desk.notices().notices().isEmpty(), "there was nothing to lose");
    }

    @Test
    void thatNothingCanBeSavedIsSaidUntilItIsUntrue() throws Exception {
        open((_, _) -> model(true, 4096));
        NoticesViewModel notices = desk.notices();
        notices.show(
                new Notice(
                        Notice.Kind.SAVING,
                        Notice.Level.ERROR,
                        "The disk is full.",
                        java.util.Optional.empty()));
        notices.error("a broken file");
        IntStream.range(0, 9).forEach(i -> notices.info("exported " + i));
        List<String> told = notices.notices().stream().map(Notice::text).toList();
        assertEquals(
                List.of("The disk is full.", "a broken file", "exported 7", "exported 8"), told);
        IntStream.range(0, 9).forEach(i -> notices.error("broken " + i));
        assertEquals("The disk is full.", notices.notices().getFirst().text());
        assertEquals(4, notices.notices().size());
    }
}
