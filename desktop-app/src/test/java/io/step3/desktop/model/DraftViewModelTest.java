package io.step3.desktop.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.desktop.store.Part;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DraftViewModelTest extends DeskTestBase {

    private static final Path GOLDEN = Path.of(System.getProperty("step3.golden"));

    private DraftViewModel draft() {
        return talk().draft();
    }

    private static Path image(String name) {
        return GOLDEN.resolve("image/" + name);
    }

    private List<Integer> widths() {
        return draft().pictures().stream().map(Picture::width).toList();
    }

    @Test
    void whatIsNoPictureIsRefusedAndTheRestStays() throws Exception {
        openReady(model(true, 4096));
        talk().draft().textProperty().set("typed");
        Path file = Files.writeString(folder.resolve("notes.png"), "no picture");
        talk().draft().attach(file);
        await(() -> !desk.notices().notices().isEmpty());
        assertTrue(desk.notices().notices().getFirst().text().contains("notes.png"));
        assertEquals("typed", talk().draft().textProperty().get());
        assertFalse(talk().draft().takingInProperty().get());
    }

    @Test
    void aDraftIsThereAgainAfterARestart() throws Exception {
        openReady(model(true, 4096));
        draft().textProperty().set("half a thought");
        // A large one first, and one twice.
        List<String> names = List.of("p900x700.png", "p56x56.png", "p900x700.png", "p300x200.png");
        names.forEach(name -> draft().attach(image(name)));
        await(() -> draft().pictures().size() == 4);
        store.close();
        openReady(model(true, 4096));
        await(() -> draft().pictures().size() == 4);
        assertEquals("half a thought", draft().textProperty().get());
        assertEquals(
                List.of(900, 56, 900, 300),
                draft().pictures().stream().map(Picture::width).toList());
    }

    @Test
    void aPictureStaysBehindOneThatWasAttachedFirstAndTakesLonger() throws Exception {
        List<Runnable> background = new ArrayList<>();
        open((_, _) -> model(true, 4096), background::add);
        draft().attach(image("p900x700.png"));
        byte[] small = Files.readAllBytes(image("p56x56.png"));
        draft().attach(small, "pasted.png");
        draft().textProperty().set("look");
        background.remove(1).run();
        // Once it is taken in again it was taken in before.
        var again = desk.pictures().take(() -> small, "again.png");
        background.remove(1).run();
        again.join();
        settle();
        assertTrue(draft().pictures().isEmpty());
        assertTrue(draft().takingInProperty().get());
        assertFalse(talk().canSend(), "a picture would be left behind");
        while (!background.isEmpty()) {
            background.removeFirst().run();
        }
        await(() -> draft().pictures().size() == 2);
        assertEquals(List.of(900, 56), widths());
        assertFalse(draft().takingInProperty().get());
        assertTrue(talk().canSend());
    }

    @Test
    void aPictureOfTheScreenIsMadeAFileInTheBackgroundAndKeepsItsPlace() throws Exception {
        List<Runnable> background = new ArrayList<>();
        open((_, _) -> model(true, 4096), background::add);
        byte[] small = Files.readAllBytes(image("p56x56.png"));
        byte[] large = Files.readAllBytes(image("p900x700.png"));
        var made = new AtomicInteger();
        draft().attach(
                        () -> {
                            made.incrementAndGet();
                            return large;
                        },
                        "pasted.png");
        draft().attach(() -> small, "pasted too.png");
        assertEquals(0, made.get(), "the thread of the window does not wait for it");
        background.removeLast().run();
        background.removeLast().run();
        await(() -> draft().pictures().size() == 2);
        assertEquals(1, made.get());
        assertEquals(List.of(900, 56), widths());
    }

    @Test
    void aThumbnailIsSmallAndKnowsTheTrueSize() throws Exception {
        open((_, _) -> model(true, 4096));
        draft().attach(image("p900x700.png"));
        await(() -> draft().pictures().size() == 1);
        Picture picture = draft().pictures().getFirst();
        assertEquals(List.of(900, 700), List.of(picture.width(), picture.height()));
        assertEquals(300, picture.preview().width());
        var part = new Part.Image(picture.sha256(), picture.name());
        assertSame(picture, desk.pictures().load(part).join());
        Picture large = desk.pictures().large(part).join();
        assertEquals(List.of(900, 700), List.of(large.preview().width(), large.height()));
    }

    @Test
    void aPictureThatIsRefusedDoesNotKeepTheNextOneOut() throws Exception {
        openReady(model(true, 4096));
        draft().attach(new byte[] {1, 2, 3}, "broken.png");
        draft().attach(image("p56x56.png"));
        await(() -> draft().pictures().size() == 1);
        assertEquals(List.of(56), widths());
        assertTrue(desk.notices().notices().getFirst().text().contains("broken.png"));
        assertFalse(draft().takingInProperty().get());
    }

    @Test
    void aPictureThatIsTakenOutAgainIsNeitherSentNorKept() throws Exception {
        var model = openReady(model(true, 4096));
        draft().attach(image("p900x700.png"));
        draft().attach(image("p56x56.png"));
        await(() -> draft().pictures().size() == 2);
        draft().detach(draft().pictures().getFirst());
        assertEquals(List.of(56), widths());
        assertEquals(1, store.drafts().load(talk().id()).get().images().size());
        askAndWait(model, "look");
        assertEquals(1, model.requests.getFirst().images().size());
    }

    @Test
    void aQuoteStandsBehindWhatIsTyped() throws Exception {
        openReady(model(true, 4096));
        draft().quote(" one\ntwo\n");
        assertEquals("> one\n> two\n\n", draft().textProperty().get());
        draft().quote("three");
        assertEquals("> one\n> two\n\n> three\n\n", draft().textProperty().get());
        draft().textProperty().set("typed");
        draft().quote("four");
        assertEquals("typed\n\n> four\n\n", draft().textProperty().get());
    }

    @Test
    void eachConversationHasItsOwnDraft() throws Exception {
        var model = openReady(model(true, 4096));
        askAndWait(model, "first");
        draft().textProperty().set("on the first");
        desk.newConversation();
        draft().textProperty().set("on something new");
        await(() -> desk.sidebar().conversations().size() == 1);
        desk.open(desk.sidebar().conversations().getFirst().id());
        await(() -> draft().textProperty().get().equals("on the first"));
        desk.newConversation();
        await(() -> draft().textProperty().get().equals("on something new"));
    }

    @Test
    void theDraftOfANewConversationStaysWhileAnotherOneIsAsked() throws Exception {
        var model = openReady(model(true, 4096));
        askAndWait(model, "first");
        long first = talk().id();
        desk.newConversation();
        draft().textProperty().set("on something new");
        desk.open(first);
        await(() -> talk().messages().size() == 2);
        askAndWait(model, "second");
        desk.newConversation();
        await(() -> draft().textProperty().get().equals("on something new"));
    }

    @Test
    void aDraftThatWasSentIsGoneAfterARestartToo() throws Exception {
        var model = openReady(model(true, 4096));
        askAndWait(model, "sent");
        assertEquals("", draft().textProperty().get());
        store.close();
        desk.stopAll();
        openReady(model(true, 4096));
        assertEquals("", store.drafts().load(talk().id()).get().text());
        await(() -> desk.sidebar().conversations().size() == 1);
        long kept = desk.sidebar().conversations().getFirst().id();
        assertEquals("", store.drafts().load(kept).get().text());
    }

    @Test
    void whatCannotBeSentStays() throws Exception {
        openReady(model(true, 4096));
        draft().attach(image("p56x56.png"));
        await(() -> draft().pictures().size() == 1);
        draft().textProperty().set("typed");
        store.close();
        talk().send();
        await(() -> !desk.notices().notices().isEmpty());
        assertEquals("typed", draft().textProperty().get());
        assertEquals(List.of(56), widths());
        assertTrue(talk().canSend(), "it can be tried again");
    }
}
