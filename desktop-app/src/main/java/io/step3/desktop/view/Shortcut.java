package io.step3.desktop.view;

import java.util.List;
import java.util.stream.Stream;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyCodeCombination;
import javafx.scene.input.KeyCombination;
import javafx.scene.input.KeyCombination.Modifier;
import javafx.scene.input.KeyEvent;

/** What can be done by keyboard wherever the focus is. */
enum Shortcut {
    NEW("shortcut.new", KeyCode.N, KeyCombination.SHORTCUT_DOWN),
    SEARCH("shortcut.search", KeyCode.F, KeyCombination.SHORTCUT_DOWN),
    WRITE("shortcut.write", KeyCode.L, KeyCombination.SHORTCUT_DOWN),
    STOP("shortcut.stop", KeyCode.ESCAPE),
    REGENERATE("shortcut.regenerate", KeyCode.R, KeyCombination.SHORTCUT_DOWN),
    CONTINUE(
            "shortcut.continue",
            KeyCode.ENTER,
            KeyCombination.SHORTCUT_DOWN,
            KeyCombination.SHIFT_DOWN),
    EDIT("shortcut.edit", KeyCode.UP, KeyCombination.ALT_DOWN),
    EARLIER_BRANCH("shortcut.earlierBranch", KeyCode.LEFT, KeyCombination.ALT_DOWN),
    LATER_BRANCH("shortcut.laterBranch", KeyCode.RIGHT, KeyCombination.ALT_DOWN),
    COPY("shortcut.copy", KeyCode.C, KeyCombination.SHORTCUT_DOWN, KeyCombination.SHIFT_DOWN),
    QUOTE("shortcut.quote", KeyCode.Q, KeyCombination.SHORTCUT_DOWN, KeyCombination.SHIFT_DOWN),
    PICTURE("shortcut.picture", KeyCode.O, KeyCombination.SHORTCUT_DOWN),
    REGION("shortcut.region", KeyCode.S, KeyCombination.SHORTCUT_DOWN, KeyCombination.SHIFT_DOWN),
    END("shortcut.end", KeyCode.END, KeyCombination.SHORTCUT_DOWN),
    MODEL("shortcut.model", KeyCode.M, KeyCombination.SHORTCUT_DOWN),
    CONTROLS("shortcut.controls", KeyCode.P, KeyCombination.SHORTCUT_DOWN),
    INSIDE("shortcut.inside", KeyCode.I, KeyCombination.SHORTCUT_DOWN),
    SIDEBAR("shortcut.sidebar", KeyCode.B, KeyCombination.SHORTCUT_DOWN),
    NEXT_CONVERSATION("shortcut.nextConversation", KeyCode.PAGE_DOWN, KeyCombination.SHORTCUT_DOWN),
    PREVIOUS_CONVERSATION(
            "shortcut.previousConversation", KeyCode.PAGE_UP, KeyCombination.SHORTCUT_DOWN),
    LARGER("shortcut.larger", KeyCode.EQUALS, KeyCombination.SHORTCUT_DOWN),
    SMALLER("shortcut.smaller", KeyCode.MINUS, KeyCombination.SHORTCUT_DOWN),
    USUAL_SIZE("shortcut.usualSize", KeyCode.DIGIT0, KeyCombination.SHORTCUT_DOWN),
    SETTINGS("shortcut.settings", KeyCode.COMMA, KeyCombination.SHORTCUT_DOWN),
    SHEET("shortcut.sheet", KeyCode.F1),
    QUIT("shortcut.quit", KeyCode.Q, KeyCombination.SHORTCUT_DOWN);

    private final String key;
    private final KeyCombination keys;

    Shortcut(String key, KeyCode code, Modifier... modifiers) {
        this.key = key;
        this.keys = new KeyCodeCombination(code, modifiers);
    }

    /** Names the text that says what it does. */
    String key() {
        return key;
    }

    /** What is pressed, as it is shown. */
    KeyCombination keys() {
        return keys;
    }

    /** Whether this is what was pressed, on whatever keyboard. */
    boolean isPressed(KeyEvent event) {
        return keys.match(event) || also().stream().anyMatch(other -> other.match(event));
    }

    /** Plus, minus and nought lie elsewhere on other keyboards, and on the keypad. */
    private List<KeyCombination> also() {
        return switch (this) {
            case LARGER -> withOrWithoutShift(KeyCode.EQUALS, KeyCode.PLUS, KeyCode.ADD);
            case SMALLER -> withOrWithoutShift(KeyCode.MINUS, KeyCode.SUBTRACT, KeyCode.UNDERSCORE);
            case USUAL_SIZE -> withOrWithoutShift(KeyCode.DIGIT0, KeyCode.NUMPAD0);
            default -> List.of();
        };
    }

    private static List<KeyCombination> withOrWithoutShift(KeyCode... codes) {
        return Stream.of(codes)
                .<KeyCombination>map(
                        code ->
                                new KeyCodeCombination(
                                        code,
                                        KeyCombination.SHORTCUT_DOWN,
                                        KeyCombination.SHIFT_ANY))
                .toList();
    }

    /** Whether the keys move the caret, where a text has the focus. */
    boolean movesInText() {
        return this == END || this == EDIT || this == EARLIER_BRANCH || this == LATER_BRANCH;
    }
}
