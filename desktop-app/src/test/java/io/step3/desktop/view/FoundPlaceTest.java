package io.step3.desktop.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.desktop.model.ScriptedModel;
import io.step3.desktop.render.ConversationPane;
import io.step3.desktop.store.MessageStatus;
import io.step3.desktop.store.Part;
import io.step3.desktop.store.SearchHit;
import io.step3.desktop.store.StreamingMessage.Channel;
import io.step3.desktop.store.StreamingMessage.Ending;
import java.util.List;
import java.util.OptionalLong;
import javafx.geometry.Bounds;
import javafx.scene.Node;
import javafx.scene.control.ListView;
import javafx.scene.control.TextField;
import javafx.scene.control.ToggleButton;
import javafx.scene.input.KeyCode;
import javafx.scene.text.Text;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a search found is brought before the reader's eyes. */
class FoundPlaceTest extends WindowTestBase {

    private static final int TURNS = 24;

    private long talk;

    /** A long conversation, in whose middle one answer and one thought hold what no other does. */
    @BeforeEach
    void openOnALongConversation() throws Exception {
        open(new ScriptedModel(List.of(), List.of("Yes."), true, 4096));
        talk = store.conversations().create("Long", OptionalLong.empty()).get().id();
        OptionalLong leaf = OptionalLong.empty();
        for (int turn = 0; turn < TURNS; turn++) {
            var parts = List.<Part>of(new Part.Text("Question " + turn));
            var asked = store.messages().send(talk, leaf, parts, "Step3").get();
            String thought = turn == 9 ? "Perhaps a **quizzical walrus**, who knows." : "Hm.";
            String said = turn == 5 ? "There are two violet zebras in it." : "Nothing.";
            asked.answer().append(Channel.REASONING, filled(thought, turn));
            asked.answer().append(Channel.ANSWER, filled(said, turn));
            asked.answer().finish(Ending.of(MessageStatus.COMPLETE)).get();
            leaf = OptionalLong.of(asked.answer().id());
        }
    }

    private static String filled(String text, int turn) {
        String section = "## Part\n\nSome words of turn " + turn + ".\n\n- an item\n- another\n\n";
        return section.repeat(12) + text + "\n\n" + section.repeat(12);
    }

    private ConversationPane pane() {
        return (ConversationPane)
                all(view).stream()
                        .filter(ConversationPane.class::isInstance)
                        .findFirst()
                        .orElseThrow();
    }

    private boolean isInView(String words) {
        Bounds window = pane().localToScene(pane().getLayoutBounds());
        return all(pane()).stream()
                .anyMatch(
                        node ->
                                node instanceof Text text
                                        && text.getText().contains(words)
                                        && isShown(text)
                                        && window.contains(
                                                text.localToScene(text.getLayoutBounds())));
    }

    private static boolean isShown(Node node) {
        return node == null || node.isVisible() && isShown(node.getParent());
    }

    private SearchHit search(String words) throws Exception {
        onFx(() -> desk.sidebar().queryProperty().set(words));
        String found = words.replace("\"", "");
        await(
                () ->
                        desk.sidebar().hits().size() == 1
                                && desk.sidebar().hits().getFirst().found().equals(List.of(found)));
        return on(() -> desk.sidebar().hits().getFirst());
    }

    @Test
    void aHitInAnAnswerIsMarkedAndInView() throws Exception {
        SearchHit hit = search("\"violet zebras\"");
        assertEquals(SearchHit.Field.TEXT, hit.field());
        onFx(() -> desk.open(hit));
        await(() -> isInView("violet zebras"));
        assertEquals("violet zebras", on(() -> pane().selection().plain()));
        assertFalse(on(() -> pane().followingProperty().get()));
        Thread.sleep(300);
        assertTrue(on(() -> isInView("violet zebras")), "it stays");
    }

    @Test
    void aHitInTheReasoningUnfoldsIt() throws Exception {
        SearchHit hit = search("quizzical");
        assertEquals(SearchHit.Field.REASONING, hit.field());
        onFx(() -> desk.open(hit));
        await(() -> isInView("quizzical walrus"));
        assertEquals("quizzical", on(() -> pane().selection().plain()));
        long unfolded =
                on(
                        () ->
                                all(view).stream()
                                        .filter(ReasoningView.class::isInstance)
                                        .flatMap(node -> all(node).stream())
                                        .filter(
                                                node ->
                                                        node instanceof ToggleButton heading
                                                                && heading.isSelected())
                                        .count());
        assertEquals(1, unfolded);
    }

    @Test
    void fromOneHitToTheNextInTheSameConversation() throws Exception {
        SearchHit first = search("quizzical");
        onFx(() -> desk.open(first));
        await(() -> isInView("quizzical walrus"));
        SearchHit second = search("zebras");
        onFx(() -> desk.open(second));
        await(() -> isInView("violet zebras"));
        assertEquals("zebras", on(() -> pane().selection().plain()));
    }

    @Test
    void arrowsGoThroughTheHits() throws Exception {
        onFx(() -> desk.sidebar().queryProperty().set("turn"));
        await(() -> desk.sidebar().hits().size() == TURNS);
        ListView<?> list =
                (ListView<?>)
                        on(() -> all(view)).stream()
                                .filter(ListView.class::isInstance)
                                .findFirst()
                                .orElseThrow();
        onFx(
                () ->
                        all(view).stream()
                                .filter(TextField.class::isInstance)
                                .findFirst()
                                .orElseThrow()
                                .requestFocus());
        press(KeyCode.DOWN, false, false, false);
        await(() -> desk.conversation().id() == talk && pane().selectingProperty().get());
        press(KeyCode.DOWN, false, false, false);
        await(() -> list.getSelectionModel().getSelectedIndex() == 1);
        OptionalLong sought = on(() -> desk.sidebar().hits().get(1).message());
        await(
                () ->
                        desk.soughtProperty().get() == null
                                && all(pane()).stream()
                                        .anyMatch(
                                                node ->
                                                        node instanceof MessageView message
                                                                && sought.equals(
                                                                        OptionalLong.of(
                                                                                message.message()
                                                                                        .id()))));
        assertTrue(on(list::isFocused));
    }
}
