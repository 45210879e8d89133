package io.step3.desktop.view;

import javafx.scene.Node;
import javafx.scene.Parent;

/** Finds where the focus goes in a card that opens. */
final class FirstFocus {

    private FirstFocus() {}

    /** The first node within that can have the focus, or null. */
    static Node in(Node node) {
        if (node.isFocusTraversable() && !node.isDisabled() && node.isVisible()) {
            return node;
        }
        if (node instanceof Parent parent) {
            for (Node child : parent.getChildrenUnmodifiable()) {
                Node found = in(child);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }
}
