package io.step3.desktop.view;

import io.step3.desktop.model.Words;
import io.step3.desktop.store.Conversation;
import io.step3.desktop.store.Folder;
import io.step3.desktop.store.SearchHit;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.util.Optional;
import java.util.function.Function;
import javafx.css.PseudoClass;
import javafx.geometry.Side;
import javafx.scene.Node;
import javafx.scene.control.ContextMenu;
import javafx.scene.control.Label;
import javafx.scene.control.ListCell;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.VBox;
import javafx.scene.text.Text;
import javafx.scene.text.TextFlow;

/** How a row of the list looks. */
final class SidebarCell extends ListCell<SidebarRow> {

    /** About how wide a menu is: it opens under its button, at the end of the row. */
    private static final double MENU = 60;

    private static final PseudoClass HEADING = PseudoClass.getPseudoClass("heading");

    private final Words words;
    private final Function<SidebarRow, ContextMenu> menu;

    SidebarCell(Words words, Function<SidebarRow, ContextMenu> menu) {
        this.words = words;
        this.menu = menu;
        getStyleClass().add("sidebar-cell");
        setPrefWidth(0);
    }

    @Override
    protected void updateItem(SidebarRow row, boolean empty) {
        super.updateItem(row, empty);
        setText(null);
        boolean heading =
                !empty
                        && (row instanceof SidebarRow.Heading
                                || row instanceof SidebarRow.DeletedHeading);
        pseudoClassStateChanged(HEADING, heading);
        setDisable(false);
        if (empty || row == null) {
            setGraphic(null);
            setContextMenu(null);
            setAccessibleText(null);
            return;
        }
        ContextMenu own = menu.apply(row);
        setContextMenu(own);
        switch (row) {
            case SidebarRow.Talk(Conversation talk) -> show(talk, own);
            case SidebarRow.Heading(String text, Optional<Folder> folder) -> {
                Label label = new Label(text);
                label.getStyleClass().add("sidebar-heading");
                if (folder.isPresent()) {
                    label.setGraphic(Icon.FOLDER.node());
                }
                setGraphic(label);
                setAccessibleText(text);
            }
            case SidebarRow.DeletedHeading(int count, boolean open) -> {
                Label label = new Label(words.text("sidebar.deleted", count));
                label.getStyleClass().add("sidebar-heading");
                label.setGraphic((open ? Icon.UNFOLDED : Icon.FOLDED).node());
                setGraphic(label);
                setAccessibleText(label.getText());
            }
            case SidebarRow.Deleted(Conversation talk) -> {
                Label title = new Label(talk.title());
                title.setMinWidth(0);
                title.getStyleClass().add("muted");
                HBox line = new HBox(title);
                line.getStyleClass().add("talk");
                setGraphic(line);
                setAccessibleText(talk.title());
            }
            case SidebarRow.Hit(SearchHit hit) -> show(hit);
        }
    }

    private void show(Conversation talk, ContextMenu own) {
        Label title = new Label(talk.title());
        title.setMaxWidth(Double.MAX_VALUE);
        title.setMinWidth(0);
        HBox.setHgrow(title, Priority.ALWAYS);
        HBox line = new HBox(title);
        if (talk.pinned()) {
            line.getChildren().add(Icon.PIN.node());
        }
        Node more =
                Buttons.icon(
                        Icon.MORE,
                        words.text("conversation.menu", talk.title()),
                        () -> own.show(line, Side.BOTTOM, Math.max(0, line.getWidth() - MENU), 0));
        more.getStyleClass().add("row-menu");
        more.setFocusTraversable(false);
        line.getChildren().add(more);
        line.getStyleClass().add("talk");
        setGraphic(line);
        setAccessibleText(talk.title());
    }

    private void show(SearchHit hit) {
        Label title = new Label(hit.title());
        title.getStyleClass().add("hit-title");
        title.setMinWidth(0);
        TextFlow snippet = new TextFlow();
        snippet.getStyleClass().add("hit-snippet");
        int at = 0;
        for (SearchHit.Range range : hit.matches()) {
            add(snippet, hit.snippet().substring(at, range.start()), "hit-text");
            add(snippet, hit.snippet().substring(range.start(), range.end()), "hit-match");
            at = range.end();
        }
        add(snippet, hit.snippet().substring(at), "hit-text");
        String date =
                DateTimeFormatter.ofLocalizedDate(FormatStyle.MEDIUM)
                        .withLocale(words.locale())
                        .format(hit.updated().atZone(ZoneId.systemDefault()));
        Label where =
                new Label(
                        switch (hit.field()) {
                            case TITLE -> words.text("hit.title", date);
                            case TEXT -> words.text("hit.text", date);
                            case REASONING -> words.text("hit.reasoning", date);
                        });
        where.getStyleClass().add("muted");
        VBox box = new VBox(title, snippet, where);
        box.getStyleClass().add("hit");
        setGraphic(box);
        setAccessibleText(hit.title() + ": " + hit.snippet());
    }

    private static void add(TextFlow flow, String piece, String style) {
        if (!piece.isEmpty()) {
            Text text = new Text(piece);
            text.getStyleClass().add(style);
            flow.getChildren().add(text);
        }
    }
}
