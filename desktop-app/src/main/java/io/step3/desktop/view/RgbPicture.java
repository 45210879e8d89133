package io.step3.desktop.view;

import io.step3.image.RgbImage;
import javafx.scene.image.Image;
import javafx.scene.image.PixelFormat;
import javafx.scene.image.WritableImage;

/** Pictures of the engine's kind as the toolkit's. */
final class RgbPicture {

    private RgbPicture() {}

    static Image of(RgbImage image) {
        var copy = new WritableImage(image.width(), image.height());
        copy.getPixelWriter()
                .setPixels(
                        0,
                        0,
                        image.width(),
                        image.height(),
                        PixelFormat.getByteRgbInstance(),
                        image.rgb(),
                        0,
                        3 * image.width());
        return copy;
    }
}
