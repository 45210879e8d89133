package io.step3.generate;

import io.step3.chat.ImageSource;
import io.step3.image.ImageDecoder;
import io.step3.image.ImagePlan;
import io.step3.image.ImageProcessor;
import io.step3.image.PlannedImage;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Pictures as the network will take them. How a picture is cut is remembered by its content: every
 * turn of a conversation brings the pictures of all turns before, and their files are walked once.
 * For any thread.
 */
final class PicturePlans {

    /** As many conversations as there may be at once, with some photos each. */
    private static final int REMEMBERED = 1024;

    private final ImageDecoder decoder = new ImageDecoder();
    private final ImageProcessor processor;

    /** By fingerprint, least recently used first. */
    private final Map<Long, ImagePlan> plans =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<Long, ImagePlan> eldest) {
                    return size() > REMEMBERED;
                }
            };

    PicturePlans(ImageProcessor processor) {
        this.processor = processor;
    }

    /**
     * Plans a picture; it is decoded when it is looked at.
     *
     * @throws io.step3.image.InvalidImageException if it is no picture or beyond the limits
     */
    PlannedImage plan(ImageSource image) {
        long fingerprint = image.fingerprint();
        ImagePlan plan;
        synchronized (plans) {
            plan = plans.get(fingerprint);
        }
        if (plan == null) {
            plan = decoder.plan(image.buffer(), image.name());
            synchronized (plans) {
                plans.put(fingerprint, plan);
            }
        }
        return processor.later(decoder, image.buffer(), image.name(), fingerprint, plan);
    }
}
