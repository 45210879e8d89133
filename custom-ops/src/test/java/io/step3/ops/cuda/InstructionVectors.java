package io.step3.ops.cuda;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What each instruction gives on a device, on random numbers, to be compared and kept. */
public final class InstructionVectors {
    private static final int COUNT = 8 * 32;
    private static final int FP8 = 89;

    private final long[][] numbers;
    private final List<InstructionCase> cases = new ArrayList<>();
    private final List<long[]> results = new ArrayList<>();

    /**
     * How two devices differ in one instruction.
     *
     * @param exact whether every bit is defined
     * @param lanes that have other bits; NaN is NaN
     * @param most the largest difference relative to the size, of approximations
     */
    public record Difference(String instruction, boolean exact, int lanes, double most) {}

    /** Runs what the architecture has. */
    public InstructionVectors(CudaDevice device, int architecture, long seed) {
        numbers = InstructionRun.numbers(new SplittableRandom(seed), COUNT);
        for (String group : InstructionRun.GROUPS) {
            List<InstructionCase> own =
                    InstructionRun.cases(group).stream()
                            .filter(c -> architecture >= FP8 || !c.isOfFp8())
                            .toList();
            cases.addAll(own);
            results.addAll(InstructionRun.on(device, own, numbers));
        }
    }

    /** Where the other, of the same numbers, has other results. */
    public List<Difference> from(InstructionVectors other) {
        List<Difference> all = new ArrayList<>();
        for (int i = 0; i < cases.size(); i++) {
            InstructionCase one = cases.get(i);
            boolean exact = one.result() != InstructionCase.Result.NEAR;
            int lanes = 0;
            double most = 0;
            for (int l = 0; l < COUNT; l++) {
                long own = results.get(i)[l];
                long others = other.results.get(i)[l];
                if (own != others && !areNaN(one.result(), own, others)) {
                    lanes++;
                    float x = InstructionCase.f(own);
                    float y = InstructionCase.f(others);
                    most = Math.max(most, exact ? 0 : Math.abs((double) x - y) / Math.abs(y));
                }
            }
            all.add(new Difference(one.name().strip(), exact, lanes, most));
        }
        return all;
    }

    private static boolean areNaN(InstructionCase.Result result, long a, long b) {
        return switch (result) {
            case F, NEAR -> Float.isNaN(InstructionCase.f(a)) && Float.isNaN(InstructionCase.f(b));
            case D -> Double.isNaN(InstructionCase.d(a)) && Double.isNaN(InstructionCase.d(b));
            default -> false;
        };
    }

    /**
     * Keeps them: a device's name, how many threads there were, their three numbers, how many
     * instructions, and of each its name and the threads' results. Big-endian; names have their
     * length in four bytes before them.
     */
    public void write(Path file, String device) throws IOException {
        try (DataOutputStream out =
                new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
            name(out, device);
            out.writeInt(COUNT);
            for (long[] some : numbers) {
                longs(out, some);
            }
            out.writeInt(cases.size());
            for (int i = 0; i < cases.size(); i++) {
                name(out, cases.get(i).name());
                longs(out, results.get(i));
            }
        }
    }

    private static void name(DataOutputStream out, String name) throws IOException {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static void longs(DataOutputStream out, long[] some) throws IOException {
        for (long x : some) {
            out.writeLong(x);
        }
    }
}
