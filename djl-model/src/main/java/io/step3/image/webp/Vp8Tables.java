package io.step3.image.webp;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Scanner;

/**
 * The numbers of RFC 6386, read once from a resource.
 *
 * @param coefficients probabilities [4 kinds, 8 bands, 3 contexts, 11]
 * @param updates probabilities that they are replaced, of the same shape
 * @param modes probabilities [10 modes above, 10 modes to the left, 9]
 * @param dc quantizer steps [128]
 * @param ac quantizer steps [128]
 */
record Vp8Tables(int[] coefficients, int[] updates, int[] modes, int[] dc, int[] ac) {
    static final Vp8Tables RFC = load();

    private static final int COEFFICIENTS = 4 * 8 * 3 * 11;

    private static Vp8Tables load() {
        try (InputStream in = Vp8Tables.class.getResourceAsStream("vp8.txt")) {
            String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            Scanner numbers = new Scanner(text.replaceAll("#.*", ""));
            return new Vp8Tables(
                    take(numbers, COEFFICIENTS),
                    take(numbers, COEFFICIENTS),
                    take(numbers, 10 * 10 * 9),
                    take(numbers, 128),
                    take(numbers, 128));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int[] take(Scanner numbers, int count) {
        int[] taken = new int[count];
        for (int i = 0; i < count; i++) {
            taken[i] = numbers.nextInt();
        }
        return taken;
    }
}
