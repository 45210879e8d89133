package io.step3.ops.gpu;

import io.step3.ops.cuda.CudaDevice;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The table of {@link GpuCheck}, and the same as JSON. */
final class CheckTable {
    private static final String LINE = "%-20s %-28s %10s %11s %14s %9s %s%n";

    private final PrintStream out;
    private final List<String> json = new ArrayList<>();
    private double copied = Double.NaN;
    private double multiplied = Double.NaN;
    private boolean failed;

    /**
     * What a kernel cannot do without.
     *
     * @param bytes read and written at least
     * @param flops counted as the network does
     * @param products of the tensor cores for each of the network's: activations may come in
     *     several planes
     */
    record Work(double bytes, double flops, int products) {

        /** Of memory alone. */
        static Work of(double bytes) {
            return new Work(bytes, 0, 1);
        }
    }

    CheckTable(PrintStream out, CudaDevice device, long seed, boolean emulated) {
        this.out = out;
        say(
                "%s, sm_%d, %d multiprocessors, %.1f GiB, driver for CUDA %d.%d; seed %d%s%n",
                device.name(),
                device.architecture(),
                device.multiprocessors(),
                device.totalMemory() / (double) (1L << 30),
                device.driverVersion() / 1000,
                device.driverVersion() % 1000 / 10,
                seed,
                emulated ? "; EMULATED: TIMES MEAN NOTHING" : "");
        add(
                "{\"device\": \"%s\", \"architecture\": %d, \"driver\": %d, \"seed\": %d, \"emulated\": %b}",
                device.name().replaceAll("[\"\\\\]", ""),
                device.architecture(),
                device.driverVersion(),
                seed,
                emulated);
        say(LINE, "what", "size", "us", "rate", "of ceiling", "error", "");
    }

    /** The first is bytes a microsecond that a copy reads and writes. */
    void ceilings(double copied, double multiplied) {
        this.copied = copied;
        this.multiplied = multiplied;
    }

    /** A rate that was measured, for others to be compared with. */
    void measured(String what, String size, double us, Work work) {
        say(LINE, what, size, text("%.1f", us), rate(work, us, work.flops == 0), "", "", "");
        add(
                "{\"what\": \"%s\", \"size\": \"%s\", \"us\": %.3f, \"rate\": \"%s\"}",
                what, size, us, rate(work, us, work.flops == 0));
    }

    /**
     * A kernel.
     *
     * @param us of one call
     * @param allowed the largest error that passes; NaN passes never
     */
    void row(String what, String size, double us, Work work, double error, double allowed) {
        boolean pass = error <= allowed;
        failed |= !pass;
        double moving = work.bytes / copied;
        double multiplying = work.products * work.flops / multiplied;
        boolean byBytes = !(multiplying > moving);
        double share = 100 * (byBytes ? moving : multiplying) / us;
        String binds = byBytes ? "memory" : "mma";
        say(
                LINE,
                what,
                size,
                text("%.1f", us),
                rate(work, us, byBytes),
                text("%.0f %% %6s", share, binds),
                text("%.1e", error),
                pass ? "PASS" : "FAIL");
        add(
                "{\"what\": \"%s\", \"size\": \"%s\", \"us\": %.3f, \"rate\": \"%s\", \"binds\": \"%s\", \"share\": %s, \"error\": %s, \"allowed\": %s, \"pass\": %b}",
                what,
                size,
                us,
                rate(work, us, byBytes),
                binds,
                number(share),
                number(error),
                number(allowed),
                pass);
    }

    /** Something that has no time: it is right or not. */
    void verdict(String what, String size, boolean pass, String why) {
        failed |= !pass;
        say(LINE, what, size, "", "", "", "", pass ? "PASS" : "FAIL: " + why);
        add("{\"what\": \"%s\", \"size\": \"%s\", \"pass\": %b}", what, size, pass);
    }

    /** Something to know that is no verdict. */
    void remark(String text) {
        say("%s%n", text);
        add("{\"remark\": \"%s\"}", text.replaceAll("[\"\\\\]", ""));
    }

    boolean failed() {
        return failed;
    }

    /** All lines. */
    String json() {
        return "[\n  " + String.join(",\n  ", json) + "\n]\n";
    }

    private static String rate(Work work, double us, boolean byBytes) {
        return byBytes
                ? text("%.0f GB/s", work.bytes / us / 1e3)
                : text("%.1f TF/s", work.flops / us / 1e6);
    }

    private static String text(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }

    private static String number(double x) {
        return Double.isFinite(x) ? Double.toString(x) : "null";
    }

    private void add(String format, Object... arguments) {
        json.add(text(format, arguments));
    }

    private void say(String format, Object... arguments) {
        out.printf(Locale.ROOT, format, arguments);
    }
}
