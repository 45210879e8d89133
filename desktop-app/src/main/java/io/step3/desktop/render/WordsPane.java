package io.step3.desktop.render;

import io.step3.desktop.markdown.Inline;
import io.step3.desktop.markdown.Style;

import javafx.geometry.BoundingBox;
import javafx.geometry.Bounds;
import javafx.geometry.Orientation;
import javafx.geometry.Point2D;
import javafx.scene.AccessibleRole;
import javafx.scene.Cursor;
import javafx.scene.Node;
import javafx.scene.control.Tooltip;
import javafx.scene.input.KeyCode;
import javafx.scene.input.MouseButton;
import javafx.scene.layout.Region;
import javafx.scene.shape.Path;
import javafx.scene.shape.PathElement;
import javafx.scene.text.HitInfo;
import javafx.scene.text.Text;
import javafx.scene.text.TextAlignment;
import javafx.scene.text.TextFlow;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Runs of text, wrapped, with the shades of inline code and of the selection behind them.
 *
 * <p>A formula counts as one character in the document, but while it is not drawn yet its source
 * stands in the flow; so offsets of the document and of the flow are kept apart.
 */
final class WordsPane extends Region {

    private record Piece(Inline inline, Node node, int start, int flowStart, int flowLength) {
        int length() {
            return inline.text().length();
        }
    }

    private final RenderSettings settings;
    private final TextFlow flow = new TextFlow();
    private final Path shade = new Path();
    private final Path selected = new Path();
    private final List<Piece> pieces = new ArrayList<>();
    private TextAlignment alignment;
    private int selectedFrom;
    private int selectedTo;

    WordsPane(RenderSettings settings) {
        this.settings = settings;
        getStyleClass().add("md-words");
        shade.getStyleClass().add("md-code-shade");
        selected.getStyleClass().add("md-selection");
        shade.setManaged(false);
        selected.setManaged(false);
        shade.setMouseTransparent(true);
        selected.setMouseTransparent(true);
        flow.getStyleClass().add("md-flow");
        flow.setAccessibleRole(AccessibleRole.TEXT);
        getChildren().addAll(shade, selected, flow);
    }

    /** Aligns all text so; otherwise it stands where its language begins to write. */
    void align(TextAlignment alignment) {
        this.alignment = alignment;
        flow.setTextAlignment(alignment);
    }

    /** Shows these runs; nodes of runs that stay the same stay too. */
    void show(List<Inline> runs) {
        List<Inline> inlines = new ArrayList<>();
        for (Inline run : runs) {
            if (run instanceof Inline.Text(String text, Style style)) {
                settings.emoji()
                        .split(text)
                        .forEach(part -> inlines.add(new Inline.Text(part.text(), style)));
            } else {
                inlines.add(run);
            }
        }
        int same = 0;
        while (same < pieces.size()
                && same < inlines.size()
                && pieces.get(same).inline().equals(inlines.get(same))) {
            same++;
        }
        if (same == pieces.size() - 1
                && same < inlines.size()
                && pieces.get(same).node() instanceof Text text
                && pieces.get(same).inline() instanceof Inline.Text(_, Style style)
                && inlines.get(same) instanceof Inline.Text(String grown, Style now)
                && style.equals(now)
                && !text.getStyleClass().contains("md-emoji")
                && !settings.emoji().split(grown).getFirst().emoji()) {
            Piece last = pieces.get(same);
            text.setText(grown);
            pieces.set(
                    same,
                    new Piece(
                            inlines.get(same),
                            text,
                            last.start(),
                            last.flowStart(),
                            grown.length()));
            same++;
        }
        if (same < pieces.size()) {
            pieces.subList(same, pieces.size()).clear();
            flow.getChildren().remove(same, flow.getChildren().size());
        }
        var nodes = new ArrayList<Node>();
        for (Inline inline : inlines.subList(same, inlines.size())) {
            Node node = node(inline);
            nodes.add(node);
            add(inline, node);
        }
        flow.getChildren().addAll(nodes);
        if (alignment == null) {
            flow.setTextAlignment(rightToLeft() ? TextAlignment.RIGHT : TextAlignment.LEFT);
        }
        requestLayout();
    }

    /** Whether the first letter with a direction runs from right to left. */
    private boolean rightToLeft() {
        for (Piece piece : pieces) {
            String text = piece.inline().text();
            for (int i = 0; i < text.length(); i++) {
                switch (Character.getDirectionality(text.charAt(i))) {
                    case Character.DIRECTIONALITY_RIGHT_TO_LEFT,
                            Character.DIRECTIONALITY_RIGHT_TO_LEFT_ARABIC -> {
                        return true;
                    }
                    case Character.DIRECTIONALITY_LEFT_TO_RIGHT -> {
                        return false;
                    }
                    default -> {}
                }
            }
        }
        return false;
    }

    private void add(Inline inline, Node node) {
        Piece last = pieces.isEmpty() ? null : pieces.getLast();
        pieces.add(
                new Piece(
                        inline,
                        node,
                        last == null ? 0 : last.start() + last.length(),
                        last == null ? 0 : last.flowStart() + last.flowLength(),
                        node instanceof Text text ? text.getText().length() : 1));
    }

    private Node node(Inline inline) {
        if (inline instanceof Inline.Math math) {
            return formula(math);
        }
        var text = new Text(inline.text());
        style(text, inline.style());
        switch (inline) {
            case Inline.Code _ -> text.getStyleClass().add("md-code");
            case Inline.Image _ -> text.getStyleClass().add("md-image");
            case Inline.Text words when settings.emoji().split(words.text()).getFirst().emoji() -> {
                text.setText(Emoji.parts(words.text()));
                text.getStyleClass().add("md-emoji");
            }
            default -> {}
        }
        return text;
    }

    private void style(Text text, Style style) {
        List<String> classes = text.getStyleClass();
        classes.add("md-text");
        if (style.strong()) {
            classes.add("md-strong");
        }
        if (style.emphasis()) {
            classes.add("md-emphasis");
        }
        if (style.strike()) {
            classes.add("md-strike");
        }
        if (!style.link().isEmpty()) {
            classes.add("md-link");
            link(text, style.link());
        }
    }

    private void link(Text text, String target) {
        text.setCursor(Cursor.HAND);
        text.setFocusTraversable(true);
        text.setAccessibleRole(AccessibleRole.HYPERLINK);
        text.setAccessibleText(text.getText());
        text.setAccessibleHelp(target);
        Tooltip.install(text, new Tooltip(target));
        text.setOnMouseClicked(
                event -> {
                    if (event.getButton() == MouseButton.PRIMARY && event.isStillSincePress()) {
                        settings.links().open(target);
                        event.consume();
                    }
                });
        text.setOnKeyPressed(
                event -> {
                    if (event.getCode() == KeyCode.ENTER) {
                        settings.links().open(target);
                        event.consume();
                    }
                });
    }

    private Node formula(Inline.Math math) {
        Optional<Formula> known = settings.formulas().known(math.source(), math.display());
        if (known.isPresent()) {
            return new FormulaNode(known.get(), math, settings.texts());
        }
        var source = new Text(math.source());
        style(source, math.style());
        source.getStyleClass().addAll("md-code", "md-formula-source");
        settings.formulas()
                .request(
                        math.source(),
                        math.display(),
                        formula -> {
                            for (int i = 0; i < pieces.size(); i++) {
                                if (pieces.get(i).node() == source) {
                                    replace(i, new FormulaNode(formula, math, settings.texts()));
                                    return;
                                }
                            }
                        });
        return source;
    }

    private void replace(int index, Node node) {
        List<Piece> old = List.copyOf(pieces.subList(index, pieces.size()));
        pieces.subList(index, pieces.size()).clear();
        add(old.getFirst().inline(), node);
        old.subList(1, old.size()).forEach(piece -> add(piece.inline(), piece.node()));
        flow.getChildren().set(index, node);
        requestLayout();
    }

    int length() {
        return pieces.isEmpty() ? 0 : pieces.getLast().start() + pieces.getLast().length();
    }

    int offsetAt(Point2D point) {
        if (pieces.isEmpty()) {
            return 0;
        }
        HitInfo hit =
                flow.getHitInfo(
                        new Point2D(
                                point.getX() - flow.getLayoutX(),
                                point.getY() - flow.getLayoutY()));
        return toDocument(hit.getInsertionIndex());
    }

    private int toDocument(int flowOffset) {
        for (Piece piece : pieces) {
            int within = flowOffset - piece.flowStart();
            if (within <= piece.flowLength()) {
                return piece.flowLength() == piece.length()
                        ? piece.start() + Math.max(0, within)
                        : piece.start() + (within * 2 < piece.flowLength() ? 0 : piece.length());
            }
        }
        return length();
    }

    private int toFlow(int offset) {
        for (Piece piece : pieces) {
            int within = offset - piece.start();
            if (within <= piece.length()) {
                return piece.flowStart()
                        + (within < piece.length() ? Math.max(0, within) : piece.flowLength());
            }
        }
        return pieces.isEmpty() ? 0 : pieces.getLast().flowStart() + pieces.getLast().flowLength();
    }

    Bounds caretAt(int offset) {
        var shape = new Path(flow.getCaretShape(toFlow(offset), true));
        Bounds bounds = shape.getBoundsInLocal();
        return bounds.isEmpty()
                ? new BoundingBox(0, 0, 1, Math.max(1, getHeight()))
                : new BoundingBox(
                        bounds.getCenterX() + flow.getLayoutX(),
                        bounds.getMinY() + flow.getLayoutY(),
                        1,
                        bounds.getHeight());
    }

    void select(int from, int to) {
        if (from == selectedFrom && to == selectedTo) {
            return;
        }
        selectedFrom = from;
        selectedTo = to;
        drawSelection();
    }

    private void drawSelection() {
        int to = Math.min(selectedTo, length());
        draw(selected, selectedFrom < to ? range(selectedFrom, to) : new PathElement[0]);
    }

    private PathElement[] range(int from, int to) {
        return flow.getRangeShape(toFlow(from), toFlow(to), true);
    }

    private static void draw(Path path, PathElement[] elements) {
        if (elements.length > 0 || !path.getElements().isEmpty()) {
            path.getElements().setAll(elements);
        }
    }

    @Override
    public Orientation getContentBias() {
        return Orientation.HORIZONTAL;
    }

    @Override
    protected double computePrefWidth(double height) {
        return snappedLeftInset() + Math.ceil(flow.prefWidth(-1)) + snappedRightInset();
    }

    @Override
    protected double computePrefHeight(double width) {
        double inner = width < 0 ? -1 : width - snappedLeftInset() - snappedRightInset();
        return snappedTopInset() + flow.prefHeight(inner) + snappedBottomInset();
    }

    @Override
    public double getBaselineOffset() {
        return snappedTopInset() + flow.getBaselineOffset();
    }

    @Override
    protected void layoutChildren() {
        double left = snappedLeftInset();
        double top = snappedTopInset();
        double width = getWidth() - left - snappedRightInset();
        flow.resizeRelocate(left, top, width, getHeight() - top - snappedBottomInset());
        flow.layout();
        shade.relocate(left, top);
        shade.setLayoutX(left);
        shade.setLayoutY(top);
        selected.setLayoutX(left);
        selected.setLayoutY(top);
        var shades = new ArrayList<PathElement>();
        for (Piece piece : pieces) {
            if (piece.node().getStyleClass().contains("md-code")) {
                int end = piece.flowStart() + piece.flowLength();
                shades.addAll(List.of(flow.getRangeShape(piece.flowStart(), end, false)));
            }
        }
        draw(shade, shades.toArray(PathElement[]::new));
        drawSelection();
    }
}
