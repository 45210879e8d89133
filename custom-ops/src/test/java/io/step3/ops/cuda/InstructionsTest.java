package io.step3.ops.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every instruction that the emulated device knows, against a second implementation in Java, on
 * random numbers and on those at the edges.
 */
class InstructionsTest {
    private static final int COUNT = 24 * 32;
    private static final long SEED = 20260;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "integers",
                "bits",
                "floating point",
                "halves",
                "collectives",
                "memory",
                "products"
            })
    void agreeWithJava(String group) {
        EmulatedDevice emulated = EmulatedDevice.fresh();
        List<InstructionCase> cases = InstructionRun.cases(group);
        long[][] numbers = InstructionRun.numbers(new SplittableRandom(SEED), COUNT);
        try (CudaDevice device = CudaDriver.open(EmulatedDevice.library()).device(0)) {
            List<long[]> results = InstructionRun.on(device, cases, numbers);
            for (int i = 0; i < cases.size(); i++) {
                compare(cases.get(i), numbers, results.get(i));
            }
        } catch (CudaException e) {
            throw new AssertionError(emulated.error(), e);
        }
        assertEquals(cases.size(), emulated.count("launches"));
    }

    private static void compare(InstructionCase one, long[][] numbers, long[] actual) {
        List<String> wrong = new ArrayList<>();
        for (int first = 0; first < COUNT; first += 32) {
            long[][] warp = new long[3][32];
            for (int k = 0; k < 3; k++) {
                System.arraycopy(numbers[k], first, warp[k], 0, 32);
            }
            long[] expected = one.reference().of(warp[0], warp[1], warp[2]);
            for (int l = 0; l < 32; l++) {
                if (!agree(one.result(), expected[l], actual[first + l])) {
                    wrong.add(
                            "lane %d of a %#x, b %#x, c %#x: %#x, not %#x"
                                    .formatted(
                                            l,
                                            warp[0][l],
                                            warp[1][l],
                                            warp[2][l],
                                            actual[first + l],
                                            expected[l]));
                }
            }
        }
        assertTrue(
                wrong.isEmpty(),
                () -> one.name() + ": " + wrong.size() + " wrong, first " + wrong.getFirst());
    }

    private static boolean agree(InstructionCase.Result result, long expected, long actual) {
        return switch (result) {
            case R -> (int) expected == (int) actual;
            case RD -> expected == actual;
            case H -> (short) expected == (short) actual;
            case P -> expected == actual;
            case F -> Float.compare(InstructionCase.f(expected), InstructionCase.f(actual)) == 0;
            case D -> Double.compare(InstructionCase.d(expected), InstructionCase.d(actual)) == 0;
            case NEAR -> near(InstructionCase.f(expected), InstructionCase.f(actual));
        };
    }

    private static boolean near(float expected, float actual) {
        return Float.compare(expected, actual) == 0
                || Math.abs(expected - actual)
                        <= 0x1p-21 * Math.max(Math.abs(expected), Float.MIN_NORMAL);
    }
}
