package io.step3.ops.cuda;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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
    private static final int BLOCKS = 24;
    private static final int COUNT = BLOCKS * 32;
    private static final long SEED = 20260;

    private static final long[] EDGES = {
        0,
        1,
        -1,
        2,
        31,
        32,
        33,
        63,
        64,
        127,
        128,
        255,
        256,
        0x7f,
        0x80,
        0x7fff,
        0x8000,
        0xffff,
        0x7fffffffL,
        0x80000000L,
        0xffffffffL,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        0x3f800000L,
        0xbf800000L,
        0x7f800000L,
        0xff800000L,
        0x7fc00000L,
        0x00000001L,
        0x007fffffL,
        0x00800000L,
        0x7f7fffffL,
        0x33800000L,
        0x38800000L,
        0x477fefffL,
        0x477ff000L,
        0x4effffffL,
        0x4f000000L,
        0xcf000000L,
        0x42ff0000L,
        0xc3160000L,
        0x43e80000L,
        0x3b000000L,
        0x3f7fffffL,
        0x3ff0000000000000L,
        0xbff0000000000000L,
        0x7ff0000000000000L,
        0x7ff8000000000000L,
        0x0000000000000001L,
        0x41dfffffffc00000L,
        0xc1e0000000000000L,
        0x43e0000000000000L,
    };

    private static List<InstructionCase> cases(String group) {
        return switch (group) {
            case "integers" -> InstructionCases.integers();
            case "bits" -> InstructionCases.bitwise();
            case "floating point" -> InstructionCases.floating();
            case "halves" -> InstructionCases.halves();
            case "collectives" -> WarpCases.collectives();
            case "memory" -> WarpCases.memory();
            default -> WarpCases.products();
        };
    }

    /** Edges, numbers of all sizes, and the float32 and float64 that kernels see. */
    private static long[] numbers(SplittableRandom random) {
        long[] all = new long[COUNT];
        for (int i = 0; i < COUNT; i++) {
            all[i] =
                    switch (random.nextInt(5)) {
                        case 0 -> EDGES[random.nextInt(EDGES.length)];
                        case 1 -> random.nextLong();
                        case 2 -> random.nextLong() >> random.nextInt(64);
                        case 3 -> InstructionCase.bits((float) (random.nextDouble(-20, 20)));
                        default -> Double.doubleToRawLongBits(random.nextDouble(-1e6, 1e6));
                    };
        }
        return all;
    }

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
        List<InstructionCase> cases = cases(group);
        StringBuilder ptx =
                new StringBuilder(
                        """
                        .version 8.0
                        .target sm_89
                        .address_size 64
                        .global .align 4 .b32 table[4] = {3, 1, 4, 159};
                        """);
        for (int i = 0; i < cases.size(); i++) {
            String kernel = cases.get(i).ptx(i);
            String own = ".shared .align 16 .b8 scratch[512];\n.local .align 8 .b8 stack[24];\n";
            ptx.append(kernel.replaceFirst("\\{", "{\n" + own));
        }
        SplittableRandom random = new SplittableRandom(SEED);
        try (Arena arena = Arena.ofConfined();
                CudaDevice device = CudaDriver.open(EmulatedDevice.library()).device(0)) {
            CudaStream stream = device.stream(arena);
            CudaModule module = device.load(arena, arena.allocateFrom(ptx.toString()));
            long bytes = COUNT * 8L;
            DeviceMemory[] memory = new DeviceMemory[4];
            PinnedMemory staged = device.pinned(arena, bytes);
            MemorySegment arguments = arena.allocate(32, 8);
            long[][] numbers = new long[3][];
            for (int k = 0; k < 4; k++) {
                memory[k] = device.allocate(arena, bytes);
                arguments.setAtIndex(JAVA_LONG, k, memory[k].address());
                if (k < 3) {
                    numbers[k] = numbers(random);
                    MemorySegment.copy(numbers[k], 0, staged.segment(), JAVA_LONG, 0, COUNT);
                    stream.upload(memory[k], 0, staged, 0, bytes);
                    stream.await();
                }
            }
            for (int i = 0; i < cases.size(); i++) {
                InstructionCase one = cases.get(i);
                try {
                    module.kernel("case_" + i, 32, 0, 32).launch(stream, BLOCKS, 1, 1, arguments);
                    stream.download(staged, 0, memory[3], 0, bytes);
                    stream.await();
                } catch (CudaException e) {
                    throw new AssertionError(one.name() + ": " + emulated.error(), e);
                }
                compare(one, numbers, staged.segment().toArray(JAVA_LONG));
            }
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
