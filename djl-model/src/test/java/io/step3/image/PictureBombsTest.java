package io.step3.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What promises many pixels takes little memory, or is refused from its header. */
class PictureBombsTest {
    private static final int SIDE = 3200;

    /** What is kept, 3,024 x 3,024 x 3 bytes, and rows; of a GIF also a byte a pixel. */
    private static final long MOST_BYTES = 45_000_000;

    private static final Set<String> TINY = Set.of("png with an icc bomb", "png with a text bomb");

    /** Formats of which such a file is quickly made. */
    private static final Set<String> REFUSED = Set.of("gif", "bmp", "webp");

    private static final ImageDecoder DECODER = new ImageDecoder();

    @TestFactory
    List<DynamicTest> tenMegapixelsTakeLessThanFortyFiveMegabytesInAll() {
        return PictureBombs.of(SIDE).entrySet().stream()
                .map(
                        bomb ->
                                DynamicTest.dynamicTest(
                                        bomb.getKey(),
                                        () -> check(bomb.getKey(), bomb.getValue().get())))
                .toList();
    }

    private static void check(String what, byte[] file) {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        RgbImage image = DECODER.decode(file, what);
        long bytes = threads.getCurrentThreadAllocatedBytes() - before;
        int side = TINY.contains(what) ? 8 : ImagePlan.MAX_SIDE;
        assertEquals(new Size(side, side), image.size());
        assertTrue(bytes < MOST_BYTES, () -> what + " took " + bytes + " bytes");
    }

    @TestFactory
    List<DynamicTest> hundredAndFortyMegapixelsAreRefusedFromTheHeader() {
        return PictureBombs.of(12_000).entrySet().stream()
                .filter(bomb -> REFUSED.contains(bomb.getKey().split(" ")[0]))
                .map(
                        bomb ->
                                DynamicTest.dynamicTest(
                                        bomb.getKey(), () -> refuse(bomb.getValue().get())))
                .toList();
    }

    private static void refuse(byte[] file) {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        var refused = assertThrows(InvalidImageException.class, () -> DECODER.decode(file, "bomb"));
        assertTrue(
                refused.getMessage().startsWith("bomb is 12000 x 12000 pixels, more than the "),
                refused.getMessage());
        assertTrue(threads.getCurrentThreadAllocatedBytes() - before < 1_000_000);
    }

    @Test
    void aJpegThatNeedsAllItsCoefficientsAtOnceIsRefusedFromItsHeader() {
        byte[] jpeg = PictureFiles.progressiveJpeg();
        // The frame's header: its height and width stand three bytes behind the marker's length.
        for (int i = 2; i + 1 < jpeg.length; i++) {
            if (jpeg[i] == (byte) 0xff && jpeg[i + 1] == (byte) 0xc2) {
                for (int side = 0; side < 2; side++) {
                    jpeg[i + 5 + 2 * side] = 10_000 >> 8;
                    jpeg[i + 6 + 2 * side] = (byte) 10_000;
                }
                break;
            }
        }
        var refused = assertThrows(InvalidImageException.class, () -> DECODER.decode(jpeg, "bomb"));
        assertTrue(
                refused.getMessage().startsWith("bomb is a JPEG file of 10000 x 10000 pixels in "),
                refused.getMessage());
    }
}
