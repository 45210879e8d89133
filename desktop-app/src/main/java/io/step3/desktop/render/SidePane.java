package io.step3.desktop.render;

import javafx.geometry.Orientation;
import javafx.scene.control.ScrollBar;
import javafx.scene.input.ScrollEvent;
import javafx.scene.layout.Region;
import javafx.scene.shape.Rectangle;

/** Shows one part of a block that may be too wide, and scrolls it together with the others. */
final class SidePane extends Region {

    private final Region content;
    private final SideScroll scroll;
    private final ScrollBar bar = new ScrollBar();
    private final Rectangle clip = new Rectangle();
    private final boolean fills;
    private double known;
    private boolean last = true;

    /**
     * @param fills whether content that is narrower than this pane is widened to it
     */
    SidePane(Region content, SideScroll scroll, boolean fills) {
        this.fills = fills;
        this.content = content;
        this.scroll = scroll;
        getStyleClass().add("md-side");
        var window =
                new Region() {
                    {
                        getChildren().add(content);
                        setClip(clip);
                    }

                    @Override
                    protected void layoutChildren() {
                        // The pane around it has set the size of the content.
                    }
                };
        window.setManaged(false);
        bar.setOrientation(Orientation.HORIZONTAL);
        bar.getStyleClass().add("md-side-bar");
        bar.setFocusTraversable(false);
        bar.valueProperty().bindBidirectional(scroll.offset());
        content.translateXProperty().bind(scroll.offset().negate());
        getChildren().addAll(window, bar);
        sceneProperty()
                .subscribe(
                        scene -> {
                            scroll.leave(this);
                            if (scene != null) {
                                scroll.join(this);
                            }
                        });
        addEventFilter(ScrollEvent.SCROLL, this::scrolled);
    }

    /** Only the last part shows the bar. */
    void setLast(boolean last) {
        if (this.last != last) {
            this.last = last;
            requestLayout();
        }
    }

    double contentWidth() {
        return known;
    }

    double scrolled() {
        return scroll.offset().get();
    }

    private void scrolled(ScrollEvent event) {
        double by =
                event.getDeltaX() != 0
                        ? event.getDeltaX()
                        : event.isShiftDown() ? event.getDeltaY() : 0;
        boolean wide = scroll.contentWidth() > getWidth() + 0.5;
        if (by != 0 && Math.abs(by) >= Math.abs(event.getDeltaY()) && wide) {
            scroll.offset()
                    .set(
                            Math.clamp(
                                    scroll.offset().get() - by,
                                    0,
                                    scroll.contentWidth() - getWidth()));
            event.consume();
        }
    }

    private double barHeight(double width) {
        return last && Math.max(known, scroll.contentWidth()) > width + 0.5
                ? bar.prefHeight(-1)
                : 0;
    }

    @Override
    public Orientation getContentBias() {
        return Orientation.HORIZONTAL;
    }

    @Override
    protected double computePrefHeight(double width) {
        measure();
        return content.prefHeight(known) + barHeight(width);
    }

    @Override
    protected double computePrefWidth(double height) {
        return content.prefWidth(-1);
    }

    @Override
    public double getBaselineOffset() {
        return content.getBaselineOffset();
    }

    private void measure() {
        double width = content.prefWidth(-1);
        if (width != known) {
            known = width;
            scroll.changed(this);
        }
    }

    @Override
    protected void layoutChildren() {
        measure();
        double all = Math.max(known, scroll.contentWidth());
        double height = getHeight() - barHeight(getWidth());
        content.resizeRelocate(0, 0, fills ? Math.max(known, getWidth()) : known, height);
        clip.setWidth(getWidth());
        clip.setHeight(height);
        double most = Math.max(0, all - getWidth());
        if (scroll.offset().get() > most) {
            scroll.offset().set(most);
        }
        boolean shown = barHeight(getWidth()) > 0;
        bar.setVisible(shown);
        bar.setMax(most);
        bar.setVisibleAmount(all <= 0 ? 0 : most * getWidth() / all);
        bar.setUnitIncrement(20);
        bar.setBlockIncrement(getWidth() * 0.8);
        bar.resizeRelocate(0, height, getWidth(), getHeight() - height);
    }
}
