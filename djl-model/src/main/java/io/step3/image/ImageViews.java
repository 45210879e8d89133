package io.step3.image;

import java.util.ArrayList;
import java.util.List;

/**
 * A plan carried out: what the model looks at, still in bytes.
 *
 * @param base the whole picture
 * @param canvas what the crops are cut from; {@code base} when the picture is not cut
 * @param crops squares of the plan's window, row by row from left to right
 */
record ImageViews(RgbImage base, RgbImage canvas, List<RgbImage> crops) {

    /**
     * Cuts a picture.
     *
     * @param base of the plan's size
     */
    static ImageViews of(RgbImage base, ImagePlan plan) {
        RgbImage canvas = PillowResampler.resize(base, plan.canvas());
        List<RgbImage> crops = new ArrayList<>(plan.crops());
        for (int y : plan.ys()) {
            for (int x : plan.xs()) {
                crops.add(canvas.part(x, y, new Size(plan.window(), plan.window())));
            }
        }
        return new ImageViews(base, canvas, List.copyOf(crops));
    }
}
