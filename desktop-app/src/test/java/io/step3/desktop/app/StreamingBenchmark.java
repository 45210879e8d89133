package io.step3.desktop.app;

import io.step3.desktop.HeadlessToolkit;
import io.step3.desktop.app.FrameMeter.Frame;
import io.step3.desktop.app.StreamingWindow.Heap;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * The gate on the whole window: 50,000 tokens of an answer with code, tables and formulas at 200 a
 * second, while somebody scrolls and types. It takes more than four minutes, prints what the FX
 * thread worked, and ends with 1 if the gate does not hold. Run it with {@code mvn -Pstream}, as
 * the README says.
 */
public final class StreamingBenchmark {

    private static final int TOKENS = 50_000;
    private static final double PER_SECOND = 200;
    private static final double WARM = 0.05;
    private static final double SLOW_MILLIS = 50;
    private static final double MOST_GROWTH_MB = 32;

    private StreamingBenchmark() {}

    public static void main(String[] args) throws Exception {
        int status = 1;
        try {
            status = run() ? 0 : 1;
        } catch (Exception | AssertionError e) {
            e.printStackTrace();
        }
        Runtime.getRuntime().halt(status);
    }

    private static boolean run() throws Exception {
        HeadlessToolkit.start();
        var data = Files.createTempDirectory("streaming");
        try (var window = new StreamingWindow(data, TOKENS, PER_SECOND)) {
            window.stream();
            window.leave();
            System.out.println(
                    "share of answer   flushes  FX ms/flush: mean   p50   kB/flush  blocks/flush"
                            + "    frames  FX ms/frame: p50   p99   max");
            row(window, 0, WARM);
            row(window, WARM, 0.2);
            row(window, 0.2, 0.5);
            row(window, 0.5, 0.85);
            row(window, 0.85, 1.01);
            System.out.printf("most nodes at a time: %d%n", window.mostNodes());
            for (Heap heap : window.heap()) {
                System.out.printf("heap at %d tokens: %.1f MB%n", heap.tokens(), heap.used() / 1e6);
            }
            return holds(window);
        }
    }

    private static void row(StreamingWindow window, double from, double to) {
        List<Frame> frames = window.frames(from, to);
        List<Frame> flushes = flushes(window, from, to);
        System.out.printf(
                "%4.0f %% to %3.0f %% %10d %18.2f %5.2f %10.0f %13.2f %9d %17.2f %5.2f %5.2f%n",
                100 * from,
                Math.min(100, 100 * to),
                flushes.size(),
                mean(flushes, Frame::cpu) / 1e6,
                share(flushes, Frame::cpu, 0.5) / 1e6,
                mean(flushes, Frame::allocated) / 1e3,
                mean(flushes, Frame::built),
                frames.size(),
                share(frames, Frame::cpu, 0.5) / 1e6,
                share(frames, Frame::cpu, 0.99) / 1e6,
                share(frames, Frame::cpu, 1) / 1e6);
    }

    private static boolean holds(StreamingWindow window) {
        List<String> broken = new ArrayList<>();
        double slowest = share(window.frames(WARM, 1.01), Frame::cpu, 1) / 1e6;
        if (slowest > SLOW_MILLIS) {
            broken.add("a frame took %.1f ms of the FX thread".formatted(slowest));
        }
        double ratio =
                mean(flushes(window, 0.85, 1.01), Frame::cpu)
                        / mean(flushes(window, WARM, 0.2), Frame::cpu);
        if (!(ratio < 2)) {
            broken.add("a late flush takes %.2f of an early one".formatted(ratio));
        }
        List<Heap> heap = window.heap();
        double growth = (heap.get(3).used() - heap.get(1).used()) / 1e6;
        if (growth > MOST_GROWTH_MB) {
            broken.add("the heap grew by %.0f MB".formatted(growth));
        }
        if (!window.draft().equals(window.reader().text())) {
            broken.add("what was typed is not in the field");
        }
        System.out.printf(
                "slowest frame %.1f ms, late/early %.2f, heap growth %.1f MB: %s%n",
                slowest, ratio, growth, broken.isEmpty() ? "the gate holds" : broken);
        return broken.isEmpty();
    }

    static List<Frame> flushes(StreamingWindow window, double from, double to) {
        return window.frames(from, to).stream().filter(Frame::flush).toList();
    }

    static double mean(List<Frame> frames, ToLongFunction<Frame> value) {
        return frames.stream().mapToLong(value).average().orElse(Double.NaN);
    }

    /** The value below which this share of the frames lies. */
    static double share(List<Frame> frames, ToLongFunction<Frame> value, double share) {
        long[] sorted = frames.stream().mapToLong(value).sorted().toArray();
        return sorted.length == 0
                ? Double.NaN
                : sorted[Math.min(sorted.length - 1, (int) (share * sorted.length))];
    }
}
