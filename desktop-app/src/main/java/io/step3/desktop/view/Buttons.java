package io.step3.desktop.view;

import atlantafx.base.theme.Styles;
import javafx.scene.control.Button;
import javafx.scene.control.MenuItem;
import javafx.scene.control.ToggleButton;
import javafx.scene.control.Tooltip;

/** Buttons that say what they do: to the eye, to the pointer that rests, and to a screen reader. */
final class Buttons {

    private Buttons() {}

    /** A button that is only a drawing. */
    static Button icon(Icon icon, String text, Runnable action) {
        Button button = new Button(null, icon.node());
        button.getStyleClass().addAll(Styles.BUTTON_ICON, Styles.FLAT, "icon-button");
        button.setAccessibleText(text);
        button.setTooltip(new Tooltip(text));
        button.setOnAction(_ -> action.run());
        return button;
    }

    /** A button that is a drawing and stays down. */
    static ToggleButton toggle(Icon icon, String text) {
        ToggleButton button = new ToggleButton(null, icon.node());
        button.getStyleClass().addAll(Styles.BUTTON_ICON, Styles.FLAT, "icon-button");
        button.setAccessibleText(text);
        button.setTooltip(new Tooltip(text));
        return button;
    }

    /** A button with words. */
    static Button words(String text, Runnable action, String... styles) {
        Button button = new Button(text);
        button.getStyleClass().addAll(styles);
        button.setAccessibleText(text);
        button.setOnAction(_ -> action.run());
        return button;
    }

    /** An entry of a menu. */
    static MenuItem item(String text, Runnable action) {
        MenuItem item = new MenuItem(text);
        item.setOnAction(_ -> action.run());
        return item;
    }
}
