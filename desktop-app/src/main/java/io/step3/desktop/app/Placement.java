package io.step3.desktop.app;

import io.step3.desktop.model.WindowPlace;
import java.util.List;
import javafx.geometry.Rectangle2D;

/** Finds room for the window on the screens there are. */
final class Placement {

    private Placement() {}

    /**
     * Where the window goes: on the screen that shows most of where it was, moved and made smaller
     * until all of it can be seen there.
     *
     * @param place where it was
     * @param screens what may be used of each screen, the main one first; at least one
     */
    static Rectangle2D of(WindowPlace place, List<Rectangle2D> screens) {
        Rectangle2D best = screens.getFirst();
        double most = 0;
        for (Rectangle2D screen : screens) {
            double shared =
                    shared(place.x(), place.width(), screen.getMinX(), screen.getMaxX())
                            * shared(place.y(), place.height(), screen.getMinY(), screen.getMaxY());
            if (shared > most) {
                most = shared;
                best = screen;
            }
        }
        double width = Math.min(place.width(), best.getWidth());
        double height = Math.min(place.height(), best.getHeight());
        return new Rectangle2D(
                Math.clamp(place.x(), best.getMinX(), best.getMaxX() - width),
                Math.clamp(place.y(), best.getMinY(), best.getMaxY() - height),
                width,
                height);
    }

    private static double shared(double from, double length, double min, double max) {
        return Math.max(0, Math.min(from + length, max) - Math.max(from, min));
    }
}
