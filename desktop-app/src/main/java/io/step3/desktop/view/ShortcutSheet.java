package io.step3.desktop.view;

import io.step3.desktop.model.Words;
import javafx.scene.control.Label;
import javafx.scene.layout.ColumnConstraints;
import javafx.scene.layout.GridPane;
import javafx.scene.layout.Priority;

/** The card that lists what the keyboard can do. */
final class ShortcutSheet {

    private ShortcutSheet() {}

    static void show(ViewContext context) {
        Words words = context.words();
        GridPane grid = new GridPane();
        grid.getStyleClass().add("shortcuts");
        ColumnConstraints wide = new ColumnConstraints();
        wide.setHgrow(Priority.ALWAYS);
        grid.getColumnConstraints().setAll(wide, new ColumnConstraints());
        int row = 0;
        add(grid, row++, words.text("shortcut.send"), words.text("key.enter"));
        add(grid, row++, words.text("shortcut.newline"), words.text("key.shiftEnter"));
        for (Shortcut shortcut : Shortcut.values()) {
            add(grid, row++, words.text(shortcut.key()), shortcut.keys().getDisplayText());
        }
        add(grid, row++, words.text("shortcut.rowMenu"), words.text("key.rowMenu"));
        context.overlay().show(words.text("shortcut.sheet"), grid, 560);
    }

    private static void add(GridPane grid, int row, String text, String keys) {
        Label what = new Label(text);
        what.setWrapText(true);
        Label how = new Label(keys);
        how.getStyleClass().add("keys");
        how.setMinWidth(Label.USE_PREF_SIZE);
        grid.addRow(row, what, how);
    }
}
