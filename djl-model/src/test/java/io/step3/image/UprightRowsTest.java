package io.step3.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UprightRowsTest {

    @ParameterizedTest
    @EnumSource(Orientation.class)
    void turningAndResizingRowByRowIsTurningFirstAndResizingThen(Orientation orientation) {
        for (Size size : List.of(new Size(37, 23), new Size(23, 37), new Size(5, 90))) {
            RgbImage stored = RandomImages.rgb(size, 7);
            RgbImage upright = turned(stored, orientation);
            for (Size target :
                    List.of(
                            upright.size(),
                            new Size(upright.width(), 4),
                            new Size(3, upright.height()),
                            upright.size().within(19),
                            upright.size().within(1))) {
                var rows = new UprightRows(size, orientation, upright.size(), target);
                stored.rows(rows);
                assertEquals(target, rows.image().size());
                assertArrayEquals(
                        PillowResampler.resize(upright, target).rgb(),
                        rows.image().rgb(),
                        () -> "%s, %s to %s".formatted(orientation, size, target));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Orientation.class,
            names = {"TOP_LEFT", "RIGHT_TOP"})
    void aPictureWithRowsMissingOrTooManyIsNoPicture(Orientation orientation) {
        Size size = new Size(4, 3);
        Size upright = orientation.upright(size);
        var rows = new UprightRows(size, orientation, upright, upright);
        rows.row(new byte[12]);
        rows.row(new byte[12]);
        assertThrows(IllegalStateException.class, rows::image);
        rows.row(new byte[12]);
        assertEquals(upright, rows.image().size());
        assertThrows(IllegalArgumentException.class, () -> rows.row(new byte[12]));
    }

    private static RgbImage turned(RgbImage stored, Orientation orientation) {
        Size size = orientation.upright(stored.size());
        byte[] rgb = new byte[stored.rgb().length];
        for (int y = 0; y < size.height(); y++) {
            for (int x = 0; x < size.width(); x++) {
                int column = orientation.transposed() ? y : x;
                int row = orientation.transposed() ? x : y;
                column = orientation.fromRight() ? stored.width() - 1 - column : column;
                row = orientation.fromBottom() ? stored.height() - 1 - row : row;
                System.arraycopy(
                        stored.rgb(),
                        3 * (row * stored.width() + column),
                        rgb,
                        3 * (y * size.width() + x),
                        3);
            }
        }
        return new RgbImage(size.width(), size.height(), rgb);
    }
}
