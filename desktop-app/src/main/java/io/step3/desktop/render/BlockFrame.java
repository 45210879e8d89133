package io.step3.desktop.render;

import io.step3.desktop.markdown.Container;
import io.step3.desktop.markdown.Place;

import javafx.geometry.Orientation;
import javafx.geometry.Point2D;
import javafx.scene.AccessibleRole;
import javafx.scene.Node;
import javafx.scene.layout.Region;
import javafx.scene.text.Text;

import java.util.ArrayList;
import java.util.List;

/** One block with the gap above it, the bars of its quotes and the markers of its list items. */
final class BlockFrame extends Region {

    private static final double QUOTE_EM = 1.1;
    private static final double ITEM_EM = 1.7;
    private static final double BAR_EM = 0.22;

    private final BlockContent content;
    private final List<Node> marks = new ArrayList<>();
    private Place place;
    private double em = 14;
    private double gap;

    BlockFrame(Place place, BlockContent content) {
        this.content = content;
        getStyleClass().add("md-block");
        getChildren().add(content);
        setPlace(place);
    }

    BlockContent content() {
        return content;
    }

    void setPlace(Place place) {
        if (place.equals(this.place)) {
            return;
        }
        this.place = place;
        getChildren().removeAll(marks);
        marks.clear();
        int depth = 0;
        boolean quoted = false;
        for (Container container : place.containers()) {
            Node mark =
                    switch (container) {
                        case Container.Quote _ -> {
                            quoted = true;
                            var bar = new Region();
                            bar.getStyleClass().add("md-quote-bar");
                            yield bar;
                        }
                        case Container.Item item -> {
                            depth++;
                            yield item.opens() ? marker(item, depth) : new Region();
                        }
                    };
            mark.setMouseTransparent(true);
            marks.add(mark);
        }
        getStyleClass().remove("md-quoted");
        if (quoted) {
            getStyleClass().add("md-quoted");
        }
        getChildren().addAll(marks);
        requestLayout();
    }

    private static Node marker(Container.Item item, int depth) {
        return switch (item.marker()) {
            case Container.Marker.Bullet _ -> sign(depth % 2 == 1 ? "•" : "◦");
            case Container.Marker.Number(int value, char delimiter) ->
                    sign(value + String.valueOf(delimiter));
            case Container.Marker.Task(boolean done) -> {
                var box = new Region();
                box.getStyleClass().add(done ? "md-task-done" : "md-task");
                var tick = new Region();
                tick.getStyleClass().add("md-tick");
                var both =
                        new Region() {
                            {
                                getChildren().addAll(box, tick);
                            }

                            @Override
                            protected void layoutChildren() {
                                box.resizeRelocate(0, 0, getWidth(), getHeight());
                                double inset = getWidth() * 0.2;
                                tick.resizeRelocate(
                                        inset,
                                        inset,
                                        getWidth() - 2 * inset,
                                        getHeight() - 2 * inset);
                                tick.setVisible(done);
                            }
                        };
                both.getStyleClass().add("md-task-mark");
                both.setAccessibleRole(AccessibleRole.CHECK_BOX);
                both.setAccessibleText(done ? "☑" : "☐");
                yield both;
            }
        };
    }

    private static Text sign(String text) {
        var sign = new Text(text);
        sign.getStyleClass().addAll("md-text", "md-marker");
        return sign;
    }

    /**
     * @param em size of the font
     * @param gap room above the block
     */
    void setSizes(double em, double gap) {
        if (em != this.em || gap != this.gap) {
            this.em = em;
            this.gap = gap;
            requestLayout();
        }
    }

    private double inset() {
        double inset = 0;
        for (Container container : place.containers()) {
            inset += em * (container instanceof Container.Quote ? QUOTE_EM : ITEM_EM);
        }
        return Math.round(inset);
    }

    /** A point of this node in coordinates of the content. */
    Point2D inContent(double x, double y) {
        return new Point2D(x - content.getLayoutX(), y - content.getLayoutY());
    }

    @Override
    public Orientation getContentBias() {
        return Orientation.HORIZONTAL;
    }

    @Override
    protected double computePrefWidth(double height) {
        return inset() + content.prefWidth(-1);
    }

    @Override
    protected double computePrefHeight(double width) {
        return gap + content.prefHeight(Math.max(em, width - inset()));
    }

    @Override
    protected void layoutChildren() {
        double inset = inset();
        content.resizeRelocate(
                inset, gap, Math.max(em, getWidth() - inset), Math.max(0, getHeight() - gap));
        content.layout();
        double x = 0;
        for (int i = 0; i < marks.size(); i++) {
            Container container = place.containers().get(i);
            Node mark = marks.get(i);
            if (container instanceof Container.Quote) {
                double top = container.opens() ? gap : 0;
                mark.resizeRelocate(
                        Math.round(x),
                        top,
                        Math.max(2, Math.round(em * BAR_EM)),
                        getHeight() - top);
                x += em * QUOTE_EM;
            } else {
                double right = x + em * (ITEM_EM - 0.45);
                place(mark, right);
                x += em * ITEM_EM;
            }
        }
    }

    private void place(Node mark, double right) {
        double baseline = gap + content.firstBaseline();
        if (mark instanceof Text text) {
            text.setX(0);
            text.setY(0);
            text.setLayoutX(right - text.getLayoutBounds().getWidth());
            text.setLayoutY(baseline);
        } else {
            double size = Math.round(em * 0.85);
            mark.resizeRelocate(
                    Math.round(right - size), Math.round(baseline - size + em * 0.08), size, size);
        }
    }
}
