package io.step3.desktop.render;

import io.step3.desktop.markdown.Excerpt;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javafx.beans.property.ReadOnlyBooleanProperty;
import javafx.beans.property.ReadOnlyBooleanWrapper;
import javafx.beans.value.ChangeListener;
import javafx.geometry.Bounds;
import javafx.geometry.Orientation;
import javafx.geometry.Point2D;
import javafx.scene.AccessibleAttribute;
import javafx.scene.AccessibleRole;
import javafx.scene.Cursor;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.ScrollBar;
import javafx.scene.control.Tooltip;
import javafx.scene.input.DataFormat;
import javafx.scene.input.KeyEvent;
import javafx.scene.input.ScrollEvent;
import javafx.scene.layout.Pane;
import javafx.scene.layout.Region;
import javafx.scene.shape.Rectangle;

/**
 * The messages of a conversation, one below the other. Messages more than a screen away are taken
 * out of the scene, and so are far blocks of near messages; what the reader looks at stays in its
 * place while heights above it become known.
 *
 * <p>It follows the end while the reader is there, lets go at the first scroll up, and offers a
 * button back. Text is selected with mouse or keyboard across all documents, and copied as plain
 * text, HTML and Markdown.
 *
 * <p>To be used on the FX thread.
 */
public final class ConversationPane extends Region {

    /** The format of Markdown on the clipboard. */
    public static final DataFormat MARKDOWN = format();

    private static final double AT_END = 4;
    private static final int ROUNDS = 6;

    private static final class Entry {
        final Region node;
        final List<DocumentView> documents;
        ChangeListener<Boolean> watcher;
        double top;
        double height;
        boolean dirty = true;
        boolean attached;

        Entry(Region node, List<DocumentView> documents) {
            this.node = node;
            this.documents = documents;
        }
    }

    /** A place on the screen that stays where it is: a block, or a message. */
    private record Anchor(Entry entry, DocumentView document, int block, double below) {}

    private final List<Entry> entries = new ArrayList<>();
    private final Pane content =
            new Pane() {
                @Override
                protected void layoutChildren() {
                    // The pane around it places the messages.
                }
            };
    private final ScrollBar bar = new ScrollBar();
    private final Button jump = new Button();
    private final Rectangle clip = new Rectangle();
    private final ReadOnlyBooleanWrapper following =
            new ReadOnlyBooleanWrapper(this, "following", true);
    private final ConversationSelection selection = new ConversationSelection(this);
    private double scroll;
    private double total;
    private double measuredWidth = -1;
    private Anchor anchor;
    private boolean laying;
    private boolean showing;

    public ConversationPane(RenderTexts texts) {
        getStyleClass().add("md-conversation");
        getStylesheets().add(ConversationPane.class.getResource("document.css").toExternalForm());
        content.getStyleClass().add("md-conversation-content");
        bar.setOrientation(Orientation.VERTICAL);
        bar.setFocusTraversable(false);
        bar.valueProperty()
                .addListener(
                        (_, _, value) -> {
                            if (!showing) {
                                scrollBy(value.doubleValue() - scroll);
                            }
                        });
        var arrow = new Region();
        arrow.getStyleClass().add("md-jump-arrow");
        jump.setGraphic(arrow);
        jump.getStyleClass().addAll("md-jump", "button-circle");
        jump.setAccessibleText(texts.jumpToEnd());
        jump.setTooltip(new Tooltip(texts.jumpToEnd()));
        jump.setOnAction(_ -> jumpToEnd());
        jump.setVisible(false);
        setClip(clip);
        getChildren().addAll(content, bar, jump);
        setFocusTraversable(true);
        setAccessibleRole(AccessibleRole.SCROLL_PANE);
        setAccessibleText(texts.conversation());
        addEventHandler(ScrollEvent.SCROLL, this::scrolled);
        addEventHandler(KeyEvent.KEY_PRESSED, this::keyPressed);
    }

    private static DataFormat format() {
        DataFormat known = DataFormat.lookupMimeType("text/markdown");
        return known != null ? known : new DataFormat("text/markdown");
    }

    // ---- messages

    /**
     * Adds a message at the end.
     *
     * @param documents the views inside it, in reading order; they may come and go inside the node
     */
    public void add(Region message, DocumentView... documents) {
        insert(entries.size(), message, documents);
    }

    /**
     * Inserts a message.
     *
     * @throws IndexOutOfBoundsException if there are fewer messages than index
     */
    public void insert(int index, Region message, DocumentView... documents) {
        var entry = new Entry(message, List.of(documents));
        entry.watcher =
                (_, _, needs) -> {
                    if (needs) {
                        entry.dirty = true;
                        requestLayout();
                    }
                };
        entries.add(index, entry);
        message.needsLayoutProperty().addListener(entry.watcher);
        for (DocumentView document : documents) {
            hide(document);
            document.setCursor(Cursor.TEXT);
        }
        clearSelection();
        requestLayout();
    }

    /** Takes a message out; nothing happens if it is not there. */
    public void remove(Region message) {
        entries.removeIf(
                entry -> {
                    if (entry.node != message) {
                        return false;
                    }
                    detach(entry);
                    message.needsLayoutProperty().removeListener(entry.watcher);
                    return true;
                });
        if (anchor != null && anchor.entry().node == message) {
            anchor = null;
        }
        clearSelection();
        requestLayout();
    }

    /** Takes all messages out and follows the end again. */
    public void clear() {
        for (Entry entry : List.copyOf(entries)) {
            remove(entry.node);
        }
        anchor = null;
        scroll = 0;
        following.set(true);
    }

    /** The documents of all messages, in reading order. */
    List<DocumentView> documents() {
        return entries.stream().flatMap(entry -> entry.documents.stream()).toList();
    }

    // ---- scrolling

    /** Whether the end stays in view when text comes. */
    public ReadOnlyBooleanProperty followingProperty() {
        return following.getReadOnlyProperty();
    }

    /** Shows the end and follows it. */
    public void jumpToEnd() {
        following.set(true);
        requestLayout();
    }

    /** Shows a message at the top; nothing happens if it is not there. */
    public void scrollTo(Region message) {
        for (Entry entry : entries) {
            if (entry.node == message) {
                following.set(false);
                anchor = new Anchor(entry, null, 0, 0);
                requestLayout();
            }
        }
    }

    /**
     * Brings the first block that holds one of these words into view and selects the word, or shows
     * the top of the message if none does, as when they stand in a formula.
     *
     * @param document one of the message's, with all its text
     * @param words in any case
     */
    public void reveal(Region message, DocumentView document, List<String> words) {
        int index = documents().indexOf(document);
        Optional<TextPosition[]> found = index < 0 ? Optional.empty() : document.find(index, words);
        if (found.isEmpty()) {
            scrollTo(message);
            return;
        }
        TextPosition from = found.get()[0];
        select(from, found.get()[1]);
        following.set(false);
        for (Entry entry : entries) {
            if (entry.node == message) {
                anchor = new Anchor(entry, document, from.block(), -getHeight() / 3);
            }
        }
        // The heights about it become known; then the line within its block is where it is.
        layout();
        selection.reveal(from);
        requestLayout();
    }

    /** Scrolls down by so many pixels, up if negative. */
    public void scrollBy(double pixels) {
        double most = Math.max(0, total - getHeight());
        double to = Math.clamp(scroll + pixels, 0, most);
        if (pixels < 0 && to < scroll || pixels > 0 && to < most - AT_END) {
            following.set(false);
        } else if (pixels > 0) {
            following.set(true);
        }
        if (to != scroll) {
            scroll = to;
            anchor = anchorAt(to);
            requestLayout();
        }
    }

    private void scrolled(ScrollEvent event) {
        if (event.getDeltaY() != 0 && !event.isControlDown()) {
            scrollBy(-event.getDeltaY());
            event.consume();
        }
    }

    private Anchor anchorAt(double y) {
        for (Entry entry : entries) {
            if (entry.top + entry.height <= y) {
                continue;
            }
            if (entry.attached) {
                for (DocumentView document : entry.documents) {
                    double top = topOf(document);
                    if (top <= y && y < top + document.getHeight()) {
                        int block = document.indexAt(y - top);
                        return new Anchor(entry, document, block, y - top - document.topOf(block));
                    }
                }
            }
            return new Anchor(entry, null, 0, y - entry.top);
        }
        return null;
    }

    private double anchored() {
        if (anchor == null) {
            return scroll;
        }
        if (anchor.document() != null && anchor.entry().attached) {
            double top = topOf(anchor.document());
            if (!Double.isNaN(top)) {
                return top + anchor.document().topOf(anchor.block()) + anchor.below();
            }
        }
        return anchor.entry().top + anchor.below();
    }

    /** Where a document begins in the content, or NaN if it is not on show. */
    double topOf(DocumentView document) {
        double y = 0;
        for (Node node = document; node != content; node = node.getParent()) {
            if (node == null || !node.isVisible()) {
                return Double.NaN;
            }
            y += node.getLayoutY() + node.getTranslateY();
        }
        return y;
    }

    private void keyPressed(KeyEvent event) {
        if (selection.keyPressed(event) || scrolls(event)) {
            event.consume();
        }
    }

    private boolean scrolls(KeyEvent event) {
        double page = getHeight() * 0.9;
        switch (event.getCode()) {
            case PAGE_UP -> scrollBy(-page);
            case PAGE_DOWN, SPACE -> scrollBy(page);
            case UP -> scrollBy(-40);
            case DOWN -> scrollBy(40);
            case HOME -> scrollBy(-total);
            case END -> jumpToEnd();
            default -> {
                return false;
            }
        }
        return true;
    }

    // ---- layout

    @Override
    protected void layoutChildren() {
        if (laying || getHeight() <= 0) {
            return;
        }
        laying = true;
        try {
            double barWidth = Math.ceil(bar.prefWidth(-1));
            double width = Math.max(1, Math.floor(getWidth() - barWidth));
            if (width != measuredWidth) {
                measuredWidth = width;
                entries.forEach(entry -> entry.dirty = true);
            }
            for (int round = 0; round < ROUNDS && arrange(width); round++) {
                // Heights became known: what is visible may have changed.
            }
            arrangeDecoration(barWidth);
            anchor = anchorAt(scroll);
        } finally {
            laying = false;
        }
    }

    private boolean arrange(double width) {
        double y = 0;
        for (Entry entry : entries) {
            if (entry.dirty) {
                entry.dirty = false;
                entry.height = Math.ceil(entry.node.prefHeight(width));
                if (!entry.attached) {
                    entry.node.resize(width, entry.height);
                    entry.node.layout();
                    entry.dirty = false;
                }
            }
            entry.top = y;
            y += entry.height;
        }
        total = y;
        for (Entry entry : entries) {
            if (entry.attached) {
                entry.node.resizeRelocate(0, entry.top, width, entry.height);
                entry.node.layout();
            }
        }
        double height = getHeight();
        double most = Math.max(0, total - height);
        scroll = Math.round(Math.clamp(following.get() ? most : anchored(), 0, most));
        boolean changed = false;
        for (Entry entry : entries) {
            boolean near =
                    entry.top + entry.height >= scroll - height && entry.top <= scroll + 2 * height;
            if (near && !entry.attached) {
                attach(entry, width);
                changed = true;
            } else if (!near && entry.attached) {
                detach(entry);
            }
            if (entry.attached) {
                for (DocumentView document : entry.documents) {
                    double top = topOf(document);
                    if (Double.isNaN(top)) {
                        hide(document);
                    } else {
                        changed |= document.show(scroll - height - top, scroll + 2 * height - top);
                    }
                }
            }
            changed |= entry.dirty;
        }
        content.resizeRelocate(0, -scroll, width, total);
        return changed;
    }

    private static void hide(DocumentView document) {
        document.show(Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
    }

    private void attach(Entry entry, double width) {
        entry.attached = true;
        // In reading order, for the focus and for screen readers.
        int before =
                (int)
                        entries.subList(0, entries.indexOf(entry)).stream()
                                .filter(other -> other.attached)
                                .count();
        content.getChildren().add(before, entry.node);
        entry.node.applyCss();
        entry.height = Math.ceil(entry.node.prefHeight(width));
        entry.node.resizeRelocate(0, entry.top, width, entry.height);
        entry.node.layout();
        entry.dirty = true;
    }

    private void detach(Entry entry) {
        if (entry.attached) {
            entry.attached = false;
            content.getChildren().remove(entry.node);
            entry.documents.forEach(ConversationPane::hide);
        }
    }

    private void arrangeDecoration(double barWidth) {
        double height = getHeight();
        clip.setWidth(getWidth());
        clip.setHeight(height);
        double most = Math.max(0, total - height);
        showing = true;
        bar.setMax(most);
        bar.setVisibleAmount(total <= 0 ? 0 : most * height / total);
        bar.setValue(scroll);
        bar.setUnitIncrement(40);
        bar.setBlockIncrement(height * 0.9);
        showing = false;
        bar.setVisible(most > 0);
        bar.resizeRelocate(getWidth() - barWidth, 0, barWidth, height);
        jump.setVisible(!following.get() && scroll < most - AT_END);
        double size = Math.ceil(Math.max(jump.prefWidth(-1), jump.prefHeight(-1)));
        jump.resizeRelocate(
                Math.round(getWidth() - barWidth - size * 1.4), height - size * 1.4, size, size);
    }

    @Override
    public Object queryAccessibleAttribute(AccessibleAttribute attribute, Object... parameters) {
        return switch (attribute) {
            case CONTENTS -> content;
            case VERTICAL_SCROLLBAR -> bar;
            default -> super.queryAccessibleAttribute(attribute, parameters);
        };
    }

    /** How far it is scrolled down, in pixels. */
    double scrollOffset() {
        return scroll;
    }

    // ---- selection

    /** Whether text is selected. */
    public ReadOnlyBooleanProperty selectingProperty() {
        return selection.selectingProperty();
    }

    /** What is selected; no blocks if nothing is. */
    public Excerpt selection() {
        return selection.excerpt();
    }

    /** Selects all documents. */
    public void selectAll() {
        selection.selectAll();
    }

    /** Selects nothing. */
    public void clearSelection() {
        selection.clear();
    }

    /** Selects from one place to another, which may lie before it. */
    public void select(TextPosition from, TextPosition to) {
        selection.select(from, to);
    }

    /** Puts what is selected on the clipboard; nothing happens if nothing is. */
    public void copySelection() {
        selection.copy();
    }

    /** The place in the text nearest to a point of this pane, or null if there is no text. */
    TextPosition positionAt(double x, double y) {
        List<DocumentView> documents = documents();
        double inContent = y + scroll;
        int nearest = -1;
        double distance = Double.POSITIVE_INFINITY;
        for (int i = 0; i < documents.size(); i++) {
            double top = topOf(documents.get(i));
            if (Double.isNaN(top)) {
                continue;
            }
            double bottom = top + documents.get(i).getHeight();
            double away = Math.max(0, Math.max(top - inContent, inContent - bottom));
            if (away < distance) {
                distance = away;
                nearest = i;
            }
        }
        if (nearest < 0) {
            return null;
        }
        DocumentView document = documents.get(nearest);
        Point2D in = document.sceneToLocal(localToScene(x, y));
        return document.positionAt(nearest, in.getX(), in.getY());
    }

    /** The caret in coordinates of this pane, or null. */
    Bounds caretBounds(TextPosition at) {
        List<DocumentView> documents = documents();
        if (at.document() >= documents.size()) {
            return null;
        }
        DocumentView document = documents.get(at.document());
        return Double.isNaN(topOf(document))
                ? null
                : sceneToLocal(document.localToScene(document.caretAt(at.block(), at.offset())));
    }

    /** Whether an event's target is where no message is. */
    boolean isBackground(Object target) {
        return target == this || target == content;
    }
}
