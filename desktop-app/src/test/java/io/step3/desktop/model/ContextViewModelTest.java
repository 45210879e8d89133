package io.step3.desktop.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.desktop.store.MessageStatus;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContextViewModelTest extends DeskTestBase {

    private List<Boolean> dropped() {
        return talk().messages().stream().map(message -> message.droppedProperty().get()).toList();
    }

    private List<Notice> notices() {
        return desk.notices().notices().stream()
                .filter(notice -> notice.kind() == Notice.Kind.CONTEXT)
                .toList();
    }

    @Test
    void aFullContextOffersToLeaveOutTheOldestTurns() throws Exception {
        var model = openReady(model(true, 30));
        askAndWait(model, "one two three four");
        askAndWait(model, "five six seven eight");
        askAndWait(model, "nine ten eleven twelve");
        await(() -> !notices().isEmpty());
        assertEquals(MessageStatus.FAILED, talk().messages().getLast().message().status());
        talk().context().dropOldest();
        await(() -> talk().messages().getFirst().droppedProperty().get());
        assertTrue(talk().messages().getFirst().droppedProperty().get());
        model.allowed.release(1000);
        talk().regenerate(talk().messages().getLast());
        await(() -> talk().messages().getLast().message().status() == MessageStatus.COMPLETE);
        assertEquals(1, model.requests.getLast().messages().size());
        talk().context().restore();
        await(() -> !talk().messages().getFirst().droppedProperty().get());
    }

    @Test
    void droppedTurnsStayDroppedWhenTheConversationIsOpenedAgain() throws Exception {
        var model = openReady(model(true, 4096));
        for (String text : List.of("one", "two", "three")) {
            askAndWait(model, text);
        }
        assertTrue(notices().isEmpty(), "there is room");
        talk().context().dropOldest();
        await(() -> talk().messages().getFirst().droppedProperty().get());
        List<Boolean> expected = List.of(true, true, true, true, false, false);
        assertEquals(expected, dropped());
        long kept = talk().id();
        desk.newConversation();
        assertTrue(notices().isEmpty(), "it is about another conversation");
        desk.open(kept);
        await(() -> talk().messages().size() == 6);
        assertEquals(expected, dropped());
        askAndWait(model, "four");
        assertEquals(
                List.of("three", "Three red ones.", "four"),
                model.requests.getLast().messages().stream().map(m -> m.text()).toList());
    }

    @Test
    void whereTheModelsViewBeginsIsMarkedAndCanBeUndoneForAsLongAsItIsSo() throws Exception {
        var model = openReady(model(true, 4096));
        for (String text : List.of("one", "two", "three")) {
            askAndWait(model, text);
        }
        talk().context().dropOldest();
        MessageViewModel first = talk().messages().get(4);
        await(() -> first.firstGivenProperty().get());
        // The notice goes with the next message; the mark, which has its button, does not.
        askAndWait(model, "four");
        await(() -> notices().isEmpty() && talk().messages().size() == 8);
        assertTrue(first.firstGivenProperty().get());
        assertEquals(List.of(true, true, true, true), dropped().subList(0, 4));
        talk().context().restore();
        await(() -> !first.firstGivenProperty().get());
        assertFalse(dropped().contains(true));
    }

    @Test
    void aConversationInTheBackgroundDoesNotWarnOverTheOneOnShow() throws Exception {
        var model = openReady(model(true, 18));
        askAndWait(model, "one");
        ask("two");
        long full = talk().id();
        desk.newConversation();
        model.allowed.release(1000);
        await(
                () ->
                        store.messages().branch(full).join().steps().getLast().message().status()
                                == MessageStatus.COMPLETE);
        store.conversations().list().get();
        await(() -> desk.sidebar().conversations().size() == 1);
        settle();
        assertTrue(notices().isEmpty(), "its button would leave out turns of another one");
    }

    @Test
    void theOffersOfANoticeDropAndGiveBack() throws Exception {
        // The second prompt fits, but with its answer fills 16 of 18.
        var model = openReady(model(true, 18));
        askAndWait(model, "one");
        askAndWait(model, "two");
        assertEquals(MessageStatus.COMPLETE, talk().messages().getLast().message().status());
        await(() -> !notices().isEmpty());
        assertEquals(Notice.Level.WARNING, notices().getFirst().level());
        notices().getFirst().action().orElseThrow().run().run();
        await(() -> dropped().contains(true));
        assertEquals(1, notices().size());
        assertEquals(Notice.Level.INFO, notices().getFirst().level());
        notices().getFirst().action().orElseThrow().run().run();
        await(() -> !dropped().contains(true));
        assertTrue(notices().isEmpty());
    }

    @Test
    void aSingleTurnIsNeverDropped() throws Exception {
        var model = openReady(model(true, 12));
        askAndWait(model, "one two three four five six seven eight");
        assertEquals(MessageStatus.FAILED, talk().messages().getLast().message().status());
        talk().context().dropOldest();
        store.conversations().list().get();
        settle();
        assertTrue(notices().isEmpty());
        assertFalse(dropped().contains(true));
    }
}
