package io.step3.desktop.render;

import io.step3.desktop.markdown.Block;
import io.step3.desktop.markdown.Change;
import io.step3.desktop.markdown.Container;
import io.step3.desktop.markdown.Patch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import javafx.beans.value.ChangeListener;
import javafx.geometry.BoundingBox;
import javafx.geometry.Bounds;
import javafx.geometry.Orientation;
import javafx.scene.AccessibleRole;
import javafx.scene.layout.Region;
import javafx.scene.text.Text;

/**
 * Shows a document that grows. Only blocks near the visible stretch have nodes; the others are room
 * of the height they had when they were last measured, or are guessed to have. By itself everything
 * counts as visible; a {@link ConversationPane} tells its documents what is.
 *
 * <p>To be used on the FX thread.
 */
public final class DocumentView extends Region {

    private static final class Slot {
        Block block;
        BlockFrame frame;
        ChangeListener<Boolean> watcher;
        double top;
        double height;
        double measuredAt = -1;
        boolean guessed;
        SideScroll scroll;
        TableContent.Columns columns;
        int codeStart = Highlighters.START;
        int codeEnd;
        Block codeEndOf;

        Slot(Block block) {
            this.block = block;
        }
    }

    private final RenderSettings settings;
    private final List<Slot> slots = new ArrayList<>();
    private final List<Block> blocks = new ArrayList<>();
    private final Text probe = new Text();
    private double visibleTop = Double.NEGATIVE_INFINITY;
    private double visibleBottom = Double.POSITIVE_INFINITY;
    private double arrangedWidth = -1;
    private double total;
    private boolean stale = true;
    private boolean arranging;
    private TextPosition selectedFrom;
    private TextPosition selectedTo;

    public DocumentView(RenderSettings settings) {
        this.settings = settings;
        getStyleClass().add("md-document");
        getStylesheets().add(DocumentView.class.getResource("document.css").toExternalForm());
        probe.getStyleClass().add("md-text");
        probe.setManaged(false);
        probe.setVisible(false);
        probe.fontProperty().subscribe(_ -> refresh());
        getChildren().add(probe);
        setAccessibleRole(AccessibleRole.PARENT);
    }

    /** The blocks on show, hidden ones too; a view that follows all changes. */
    public List<Block> blocks() {
        return Collections.unmodifiableList(blocks);
    }

    /** Shows other blocks. Those at the beginning that are the same stay as they are. */
    public void setBlocks(List<Block> all) {
        int same = 0;
        while (same < Math.min(all.size(), blocks.size())
                && all.get(same).equals(blocks.get(same))) {
            same++;
        }
        truncate(same);
        all.subList(same, all.size()).forEach(this::add);
        stale();
    }

    private void truncate(int size) {
        while (slots.size() > size) {
            hide(slots.removeLast());
            blocks.removeLast();
        }
        if (size > 0) {
            lastPartChanged(size - 1);
        }
    }

    /** Applies what a piece of text changed. */
    public void apply(Patch patch) {
        for (Change change : patch.changes()) {
            switch (change) {
                case Change.Append(Block block) -> add(block);
                case Change.Replace(int index, Block block) -> replace(index, block);
                case Change.Grow(int index, Block block, _) -> replace(index, block);
                case Change.Truncate(int size) -> truncate(size);
            }
        }
        if (!patch.changes().isEmpty()) {
            stale();
        }
    }

    private void add(Block block) {
        slots.add(new Slot(block));
        blocks.add(block);
        if (block.continues() && slots.size() > 1) {
            lastPartChanged(slots.size() - 2);
        }
    }

    private void replace(int index, Block block) {
        Slot slot = slots.get(index);
        slot.block = block;
        blocks.set(index, block);
        slot.measuredAt = -1;
        if (slot.frame != null) {
            if (slot.frame.content().update(block)) {
                slot.frame.setPlace(block.place());
            } else {
                hide(slot);
            }
        }
        if (index > 0) {
            lastPartChanged(index - 1);
        }
    }

    private void lastPartChanged(int index) {
        Slot slot = slots.get(index);
        if (slot.frame != null) {
            setLast(slot, index);
            slot.measuredAt = -1;
        }
    }

    private void setLast(Slot slot, int index) {
        boolean last = index + 1 >= blocks.size() || !sameBlock(index + 1);
        switch (slot.frame.content()) {
            case CodeContent code -> code.setLast(last);
            case TableContent table -> table.setLast(last);
            default -> {}
        }
    }

    /** Whether this block is a part of the same code or table as the block before. */
    private boolean sameBlock(int index) {
        Block block = blocks.get(index);
        return index > 0
                && block.continues()
                && block.getClass() == blocks.get(index - 1).getClass();
    }

    private void stale() {
        stale = true;
        requestLayout();
    }

    private void refresh() {
        slots.forEach(slot -> slot.measuredAt = -1);
        stale();
    }

    // ---- what is visible

    /**
     * Tells which stretch of this view is to have nodes.
     *
     * @return whether anything has to be arranged anew
     */
    boolean show(double top, double bottom) {
        if (top == visibleTop && bottom == visibleBottom) {
            return false;
        }
        visibleTop = top;
        visibleBottom = bottom;
        stale = true;
        double before = total;
        if (getWidth() > 0) {
            arrange(getWidth());
        }
        requestLayout();
        return total != before;
    }

    /** How many blocks have nodes now. */
    int shownBlocks() {
        return (int) slots.stream().filter(slot -> slot.frame != null).count();
    }

    private void arrange(double width) {
        if (arranging || !stale && width == arrangedWidth) {
            return;
        }
        arranging = true;
        try {
            double em = em();
            // Measuring may bring more blocks into the visible stretch: again until it is stable.
            for (int round = 0; round < 6; round++) {
                place(width, em);
                if (!showVisible(width, em)) {
                    break;
                }
            }
            hideInvisible();
            arrangedWidth = width;
            stale = false;
        } finally {
            arranging = false;
        }
    }

    private void place(double width, double em) {
        double y = 0;
        for (int i = 0; i < slots.size(); i++) {
            Slot slot = slots.get(i);
            if (slot.measuredAt != width) {
                if (slot.frame != null) {
                    measure(slot, i, width, em);
                } else if (slot.measuredAt < 0 || slot.guessed) {
                    slot.height = gap(i, em) + Heights.guess(slot.block, width, em);
                    slot.measuredAt = width;
                    slot.guessed = true;
                } else {
                    // The area of text stays about the same when the width changes.
                    double area = slot.height * slot.measuredAt;
                    boolean wraps = slot.block instanceof Block.Paragraph;
                    slot.height = wraps ? area / width : slot.height;
                    slot.measuredAt = width;
                    slot.guessed = true;
                }
            }
            slot.top = y;
            y += slot.height;
        }
        total = y;
    }

    private void measure(Slot slot, int index, double width, double em) {
        slot.frame.setSizes(em, gap(index, em));
        slot.height = Math.ceil(slot.frame.prefHeight(width));
        slot.measuredAt = width;
        slot.guessed = false;
    }

    private boolean visible(Slot slot) {
        return slot.top + slot.height >= visibleTop && slot.top <= visibleBottom;
    }

    private boolean showVisible(double width, double em) {
        var fresh = new ArrayList<Integer>();
        for (int i = 0; i < slots.size(); i++) {
            Slot slot = slots.get(i);
            if (slot.frame == null && visible(slot)) {
                build(slot, i);
                fresh.add(i);
            }
        }
        boolean moved = false;
        for (int i : fresh) {
            Slot slot = slots.get(i);
            slot.frame.applyCss();
            double before = slot.height;
            measure(slot, i, width, em);
            moved |= slot.height != before;
        }
        return moved;
    }

    private void hideInvisible() {
        double margin = (visibleBottom - visibleTop) / 4;
        for (Slot slot : slots) {
            boolean far =
                    slot.top + slot.height < visibleTop - margin
                            || slot.top > visibleBottom + margin;
            if (slot.frame != null && far) {
                hide(slot);
            }
        }
    }

    private void build(Slot slot, int index) {
        BlockContent content =
                switch (slot.block) {
                    case Block.Paragraph words -> new WordsContent(words, settings);
                    case Block.Heading words -> new WordsContent(words, settings);
                    case Block.Code code ->
                            new CodeContent(
                                    code,
                                    codeStart(index),
                                    scroll(index),
                                    () -> wholeCode(slot),
                                    settings);
                    case Block.Math math -> new MathContent(math, settings);
                    case Block.Table table ->
                            new TableContent(table, columns(index), scroll(index), settings);
                    case Block.Rule _ -> new RuleContent();
                };
        var frame = new BlockFrame(slot.block.place(), content);
        // In reading order, for the focus and for screen readers; the probe is the first child.
        int before =
                1
                        + (int)
                                slots.subList(0, index).stream()
                                        .filter(other -> other.frame != null)
                                        .count();
        slot.frame = frame;
        slot.watcher =
                (_, _, needs) -> {
                    if (needs && slot.frame == frame) {
                        slot.measuredAt = -1;
                        stale = true;
                    }
                };
        frame.needsLayoutProperty().addListener(slot.watcher);
        setLast(slot, index);
        getChildren().add(before, frame);
        select(slot, index);
    }

    private void hide(Slot slot) {
        if (slot.frame != null) {
            slot.frame.needsLayoutProperty().removeListener(slot.watcher);
            getChildren().remove(slot.frame);
            slot.frame = null;
            // It holds the frame too, and with it all its nodes.
            slot.watcher = null;
        }
    }

    private int first(int index) {
        int first = index;
        while (first > 0 && sameBlock(first)) {
            first--;
        }
        return first;
    }

    private SideScroll scroll(int index) {
        Slot first = slots.get(first(index));
        if (first.scroll == null) {
            first.scroll = new SideScroll();
        }
        return first.scroll;
    }

    private TableContent.Columns columns(int index) {
        Slot first = slots.get(first(index));
        if (first.columns == null) {
            first.columns = new TableContent.Columns();
        }
        return first.columns;
    }

    /** The highlighter's state before a part of code: each part before it is read at most once. */
    private int codeStart(int index) {
        int state = Highlighters.START;
        for (int i = first(index); i < index; i++) {
            Slot slot = slots.get(i);
            if (slot.codeEndOf != slot.block || slot.codeStart != state) {
                var code = (Block.Code) slot.block;
                slot.codeStart = state;
                slot.codeEnd = settings.highlighters().state(code.language(), code.text(), state);
                slot.codeEndOf = slot.block;
            }
            state = slot.codeEnd;
        }
        return state;
    }

    private String wholeCode(Slot first) {
        int index = slots.indexOf(first);
        var code = new StringBuilder();
        for (int i = index; i < blocks.size() && (i == index || sameBlock(i)); i++) {
            if (blocks.get(i) instanceof Block.Code part) {
                code.append(i == index || part.midLine() ? "" : "\n").append(part.text());
            }
        }
        return code.toString();
    }

    private double em() {
        return probe.getFont().getSize();
    }

    private double gap(int index, double em) {
        if (index == 0) {
            return 0;
        }
        Block block = blocks.get(index);
        if (block.continues()) {
            return block instanceof Block.Paragraph && blocks.get(index - 1) instanceof Block.Math
                    ? Math.round(0.4 * em)
                    : 0;
        }
        boolean inItem =
                block.place().containers().stream().anyMatch(Container.Item.class::isInstance);
        boolean afterItem =
                blocks.get(index - 1).place().containers().stream()
                        .anyMatch(Container.Item.class::isInstance);
        double size =
                switch (block) {
                    case Block.Heading heading -> heading.level() <= 2 ? 1.3 : 1.0;
                    case Block.Rule _ -> 0.6;
                    case Block.Paragraph _ when inItem && !block.place().gap() -> 0.3;
                    case Block.Paragraph _ when inItem && afterItem -> 0.5;
                    default -> 0.75;
                };
        return Math.round(size * em);
    }

    // ---- places in the text

    /** The place nearest to a point of this view. */
    TextPosition positionAt(int document, double x, double y) {
        if (slots.isEmpty()) {
            return new TextPosition(document, 0, 0);
        }
        int index = indexAt(y);
        Slot slot = slots.get(index);
        if (slot.frame == null) {
            return new TextPosition(document, index, 0);
        }
        if (y < slot.top) {
            return new TextPosition(document, index, 0);
        }
        int offset = slot.frame.content().offsetAt(slot.frame.inContent(x, y - slot.top));
        return new TextPosition(document, index, Math.clamp(offset, 0, slot.block.text().length()));
    }

    /** The block at a height, the nearest if there is none. */
    int indexAt(double y) {
        int low = 0;
        int high = slots.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (slots.get(middle).top <= y) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    double topOf(int index) {
        return index < slots.size() ? slots.get(index).top : total;
    }

    /** Where the caret stands; for a block without node, its upper edge. */
    Bounds caretAt(int index, int offset) {
        if (index >= slots.size()) {
            return new BoundingBox(0, 0, 1, 1);
        }
        Slot slot = slots.get(index);
        if (slot.frame == null) {
            return new BoundingBox(0, slot.top, 1, 1);
        }
        BlockContent content = slot.frame.content();
        Bounds caret = content.caretAt(offset);
        return new BoundingBox(
                caret.getMinX() + content.getLayoutX(),
                caret.getMinY() + content.getLayoutY() + slot.top,
                1,
                caret.getHeight());
    }

    /** Where the first of these words stands that is found, from and to; case does not matter. */
    Optional<TextPosition[]> find(int document, List<String> words) {
        for (int block = 0; block < blocks.size(); block++) {
            String text = blocks.get(block).text();
            for (int at = 0; at < text.length(); at++) {
                for (String word : words) {
                    if (text.regionMatches(true, at, word, 0, word.length())) {
                        return Optional.of(
                                new TextPosition[] {
                                    new TextPosition(document, block, at),
                                    new TextPosition(document, block, at + word.length())
                                });
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** Marks what is selected; nothing if from is null. The document index is not looked at. */
    void select(TextPosition from, TextPosition to) {
        selectedFrom = from;
        selectedTo = to;
        for (int i = 0; i < slots.size(); i++) {
            select(slots.get(i), i);
        }
    }

    private void select(Slot slot, int index) {
        if (slot.frame == null) {
            return;
        }
        int from = 0;
        int to = 0;
        if (selectedFrom != null && index >= selectedFrom.block() && index <= selectedTo.block()) {
            from = index == selectedFrom.block() ? selectedFrom.offset() : 0;
            to = index == selectedTo.block() ? selectedTo.offset() : Integer.MAX_VALUE / 2;
        }
        slot.frame.content().select(from, to);
    }

    // ---- layout

    @Override
    public Orientation getContentBias() {
        return Orientation.HORIZONTAL;
    }

    private double inner(double width) {
        return Math.max(1, Math.floor(width - snappedLeftInset() - snappedRightInset()));
    }

    @Override
    protected double computeMinWidth(double height) {
        return 40;
    }

    @Override
    protected double computePrefWidth(double height) {
        return snappedLeftInset() + 40 * em() + snappedRightInset();
    }

    @Override
    protected double computeMinHeight(double width) {
        return computePrefHeight(width);
    }

    @Override
    protected double computePrefHeight(double width) {
        arrange(inner(width < 0 ? (getWidth() > 0 ? getWidth() : 40 * em()) : width));
        return snappedTopInset() + total + snappedBottomInset();
    }

    @Override
    protected void layoutChildren() {
        double width = inner(getWidth());
        arrange(width);
        double left = snappedLeftInset();
        double top = snappedTopInset();
        for (Slot slot : slots) {
            if (slot.frame != null) {
                slot.frame.resizeRelocate(left, top + slot.top, width, slot.height);
            }
        }
    }
}
