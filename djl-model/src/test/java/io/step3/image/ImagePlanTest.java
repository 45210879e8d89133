package io.step3.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class ImagePlanTest {
    @Test
    void everyGoldenSizeIsPlannedAlike() {
        List<JsonObject> rows = Golden.rows("plans.json");
        assertTrue(rows.size() > 250);
        for (JsonObject row : rows) {
            Size size = Golden.size(row.get("size"));
            ImagePlan plan = ImagePlan.of(size.width(), size.height());
            String what = size.toString();
            assertEquals(size, plan.size(), what);
            assertEquals(Golden.size(row.get("padded")), plan.padded(), what);
            assertEquals(Golden.size(row.get("base")), plan.base(), what);
            assertEquals(row.get("window").getAsInt(), plan.window(), what);
            assertEquals(
                    row.get("canvas").isJsonNull() ? plan.base() : Golden.size(row.get("canvas")),
                    plan.canvas(),
                    what);
            assertEquals(row.get("columns").getAsInt(), plan.columns(), what);
            assertEquals(row.get("rows").getAsInt(), plan.rows(), what);
            assertEquals(Golden.ints(row.get("xs")), plan.xs(), what);
            assertEquals(Golden.ints(row.get("ys")), plan.ys(), what);
            assertEquals(Golden.ints(row.get("newline_after")), plan.newlineAfter(), what);
            assertEquals(
                    row.get("image_tokens").getAsInt(), new ImageTokens(169, 81).count(plan), what);
        }
    }

    @Test
    void aSizeWithoutPixelsOrAVanishingSideIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> ImagePlan.of(0, 5));
        assertThrows(IllegalArgumentException.class, () -> ImagePlan.of(5, -1));
        var elongated =
                assertThrows(IllegalArgumentException.class, () -> ImagePlan.of(2_000_000, 32));
        assertTrue(elongated.getMessage().contains("2000000 x 32"), elongated.getMessage());
    }

    @Test
    void anyIntegerSizeIsPlannedWithoutOverflow() {
        ImagePlan plan = ImagePlan.of(Integer.MAX_VALUE, Integer.MAX_VALUE);
        assertEquals(new Size(3024, 3024), plan.base());
        assertEquals(36, plan.crops());
    }
}
