package io.step3.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ImageViewsTest {
    private static final ImageDecoder DECODER = new ImageDecoder();

    @TestFactory
    List<DynamicTest> everyGoldenPictureIsCutToTheSameBytes() {
        return Golden.rows("pictures-a.json").stream()
                .map(
                        row ->
                                DynamicTest.dynamicTest(
                                        row.get("name").getAsString(), () -> check(row)))
                .toList();
    }

    private static void check(JsonObject row) {
        RgbImage picture = Golden.picture(row.get("name").getAsString());
        assertEquals(row.get("sha256_rgb").getAsString(), sha256(picture), "picture");
        ImagePlan plan = ImagePlan.of(picture.width(), picture.height());
        ByteBuffer file = ByteBuffer.wrap(Golden.bytes(row.get("name").getAsString() + ".png"));
        assertEquals(plan, DECODER.plan(file, "golden"));
        ImageViews views = ImageViews.of(DECODER.base(file, "golden"), plan);
        assertEquals(plan.base(), views.base().size());
        assertEquals(row.get("sha256_base").getAsString(), sha256(views.base()), "base");
        if (!row.get("sha256_canvas").isJsonNull()) {
            assertEquals(row.get("sha256_canvas").getAsString(), sha256(views.canvas()), "canvas");
        }
        var crops = row.getAsJsonArray("sha256_crops");
        assertEquals(crops.size(), views.crops().size());
        for (int i = 0; i < crops.size(); i++) {
            assertEquals(crops.get(i).getAsString(), sha256(views.crops().get(i)), "crop " + i);
        }
    }

    @Test
    void paddingThatIsNotStoredResizesLikePaddingThatIs() {
        for (Size size : List.of(new Size(5000, 20), new Size(7, 4001), new Size(1, 3025))) {
            RgbImage picture = RandomImages.rgb(size, 5);
            ImagePlan plan = ImagePlan.of(size.width(), size.height());
            RgbImage stored = picture.part(0, 0, plan.padded());
            assertEquals(
                    sha256(PillowResampler.resize(stored, plan.base())),
                    sha256(UprightRows.resize(picture, plan.padded(), plan.base())),
                    size.toString());
        }
    }

    private static String sha256(RgbImage image) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(image.rgb()));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
