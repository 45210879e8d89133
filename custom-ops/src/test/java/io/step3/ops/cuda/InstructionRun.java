package io.step3.ops.cuda;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Runs instructions, each in a kernel of its own, on a device. */
final class InstructionRun {
    static final List<String> GROUPS =
            List.of(
                    "integers",
                    "bits",
                    "floating point",
                    "halves",
                    "collectives",
                    "memory",
                    "products");

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

    private InstructionRun() {}

    static List<InstructionCase> cases(String group) {
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

    /** Three numbers for each thread: edges, all sizes, and what kernels see. */
    static long[][] numbers(SplittableRandom random, int count) {
        long[][] all = new long[3][count];
        for (long[] some : all) {
            for (int i = 0; i < count; i++) {
                some[i] = number(random);
            }
        }
        return all;
    }

    private static long number(SplittableRandom random) {
        return switch (random.nextInt(5)) {
            case 0 -> EDGES[random.nextInt(EDGES.length)];
            case 1 -> random.nextLong();
            case 2 -> random.nextLong() >> random.nextInt(64);
            case 3 -> InstructionCase.bits((float) (random.nextDouble(-20, 20)));
            default -> Double.doubleToRawLongBits(random.nextDouble(-1e6, 1e6));
        };
    }

    /** One module with a kernel for each. */
    static String ptx(List<InstructionCase> cases) {
        boolean fp8 = cases.stream().anyMatch(InstructionCase::isOfFp8);
        StringBuilder ptx =
                new StringBuilder(
                        """
                        .version 8.4
                        .target %s
                        .address_size 64
                        .global .align 4 .b32 table[4] = {3, 1, 4, 159};
                        """
                                .formatted(fp8 ? "sm_89" : "sm_80"));
        for (int i = 0; i < cases.size(); i++) {
            String kernel = cases.get(i).ptx(i);
            String own = ".shared .align 16 .b8 scratch[512];\n.local .align 8 .b8 stack[24];\n";
            ptx.append(kernel.replaceFirst("\\{", "{\n" + own));
        }
        return ptx.toString();
    }

    /**
     * What each leaves in each thread.
     *
     * @param numbers a multiple of 32 of each
     */
    static List<long[]> on(CudaDevice device, List<InstructionCase> cases, long[][] numbers) {
        int count = numbers[0].length;
        List<long[]> results = new ArrayList<>();
        try (Arena arena = Arena.ofShared()) {
            CudaStream stream = device.stream(arena);
            CudaModule module = device.load(arena, arena.allocateFrom(ptx(cases)));
            long bytes = count * 8L;
            DeviceMemory[] memory = new DeviceMemory[4];
            PinnedMemory staged = device.pinned(arena, bytes);
            MemorySegment arguments = arena.allocate(32, 8);
            for (int k = 0; k < 4; k++) {
                memory[k] = device.allocate(arena, bytes);
                arguments.setAtIndex(JAVA_LONG, k, memory[k].address());
                if (k < 3) {
                    MemorySegment.copy(numbers[k], 0, staged.segment(), JAVA_LONG, 0, count);
                    stream.upload(memory[k], 0, staged, 0, bytes);
                    stream.await();
                }
            }
            for (int i = 0; i < cases.size(); i++) {
                module.kernel("case_" + i, 32, 0, 32).launch(stream, count / 32, 1, 1, arguments);
                stream.download(staged, 0, memory[3], 0, bytes);
                stream.await();
                results.add(staged.segment().toArray(JAVA_LONG));
            }
        }
        return results;
    }
}
