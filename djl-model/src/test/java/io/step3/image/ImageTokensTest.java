package io.step3.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ImageTokensTest {
    private static final ImageTokens TOKENS = new ImageTokens(3, 2);

    @Test
    void cropsComeRowByRowAndThenTheBase() {
        String text =
                TOKENS.sequence(ImagePlan.of(900, 700)).stream()
                        .map(ImageToken::text)
                        .collect(Collectors.joining());
        String crop = "<patch_start><im_patch><im_patch><patch_end>";
        String base = "<im_start><im_patch><im_patch><im_patch><im_end>";
        assertEquals(crop + crop + "<patch_newline>" + crop + crop + base, text);
    }

    @Test
    void aPictureThatIsNotCutIsItsBase() {
        int[] ids = TOKENS.ids(ImagePlan.of(300, 200), new ImageTokenIds(1, 2, 3, 4, 5, 6));
        assertArrayEquals(new int[] {4, 6, 6, 6, 5}, ids);
    }

    @Test
    void aSingleRowHasNoNewline() {
        int[] ids = TOKENS.ids(ImagePlan.of(900, 400), new ImageTokenIds(1, 2, 3, 4, 5, 6));
        assertArrayEquals(new int[] {1, 6, 6, 2, 1, 6, 6, 2, 4, 6, 6, 6, 5}, ids);
    }

    @Test
    void theCountIsTheLengthOfTheSequenceForEveryGoldenSize() {
        for (var row : Golden.rows("plans.json")) {
            List<Integer> size = Golden.ints(row.get("size"));
            ImagePlan plan = ImagePlan.of(size.get(0), size.get(1));
            List<ImageToken> sequence = new ImageTokens(169, 81).sequence(plan);
            assertEquals(row.get("image_tokens").getAsInt(), sequence.size());
            assertEquals(
                    169 + 81 * plan.crops(),
                    sequence.stream().filter(token -> token == ImageToken.IM_PATCH).count());
        }
    }

    @Test
    void aPictureWithoutFeaturesIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new ImageTokens(0, 81));
    }
}
