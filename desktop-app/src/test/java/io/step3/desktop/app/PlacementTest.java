package io.step3.desktop.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.step3.desktop.model.WindowPlace;
import java.util.List;
import javafx.geometry.Rectangle2D;
import org.junit.jupiter.api.Test;

class PlacementTest {

    private static final Rectangle2D MAIN = new Rectangle2D(0, 30, 1280, 770);
    private static final Rectangle2D BESIDE = new Rectangle2D(1280, 0, 1920, 1080);

    private static Rectangle2D place(double x, double y, double width, double height) {
        return Placement.of(new WindowPlace(x, y, width, height, false), List.of(MAIN, BESIDE));
    }

    @Test
    void aWindowThatCanBeSeenStaysWhereItWas() {
        assertEquals(new Rectangle2D(40, 50, 900, 600), place(40, 50, 900, 600));
        assertEquals(new Rectangle2D(1300, 10, 1180, 780), place(1300, 10, 1180, 780));
    }

    @Test
    void aWindowAtTheEdgeIsBroughtInWithItsTitle() {
        assertEquals(new Rectangle2D(50, 30, 1180, 770), place(50, -24, 1180, 780));
        assertEquals(new Rectangle2D(0, 200, 900, 600), place(-899, 2000, 900, 600));
        assertEquals(new Rectangle2D(2020, 480, 1180, 600), place(3199, 1000, 1180, 600));
    }

    @Test
    void aWindowOfAScreenThatIsGoneComesToTheMainOne() {
        assertEquals(new Rectangle2D(380, 30, 900, 600), place(9000, -500, 900, 600));
        assertEquals(MAIN, place(-9000, 0, 5000, 5000));
    }
}
