package io.step3.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Lines as text for people and as CSV. */
public final class Table {

    /** The first line of a CSV file. */
    public static final String CSV_HEADER =
            "suite,case,tokens,kernels,threads,samples,unit,median,low,high,gb_per_s,gflop_per_s,"
                    + "limit,ceiling,percent";

    private final String kernels;
    private final int threads;
    private final List<Row> rows = new ArrayList<>();

    /**
     * An empty one.
     *
     * @param kernels that compute
     * @param threads that they use
     */
    public Table(String kernels, int threads) {
        this.kernels = kernels;
        this.threads = threads;
    }

    /** What computes, as it calls itself. */
    public String kernels() {
        return kernels;
    }

    /** How many threads compute. */
    public int threads() {
        return threads;
    }

    /** Adds a line. */
    public void add(Row row) {
        rows.add(row);
    }

    /** All lines so far. */
    public List<Row> rows() {
        return List.copyOf(rows);
    }

    /** The heading of the text. */
    public static String heading() {
        return "%-42s %6s %10s %-6s %6s %8s %8s  %-8s %8s %6s"
                .formatted(
                        "case", "tokens", "median", "unit", "+-", "GB/s", "GFLOP/s", "limit",
                        "ceiling", "of it");
    }

    /** A line of the text. */
    public static String text(Row row) {
        Samples samples = row.samples();
        double spread = 50 * (samples.high() - samples.low()) / samples.median();
        return "%-42s %6s %10s %-6s %5.0f%% %8s %8s  %-8s %8s %6s"
                .formatted(
                        row.name(),
                        row.tokens() == 0 ? "" : row.tokens(),
                        number(samples.median()),
                        row.unit(),
                        spread,
                        optional(row.gigabytes()),
                        optional(row.gigaflops()),
                        row.share().map(share -> share.limit().label()).orElse(""),
                        row.share().map(share -> number(share.ceiling())).orElse(""),
                        row.share().map(share -> number(share.percent()) + "%").orElse(""))
                .stripTrailing();
    }

    /** The whole as CSV, one line for each row, with a heading. */
    public String toCsv() {
        StringBuilder csv = new StringBuilder(CSV_HEADER).append('\n');
        for (Row row : rows) {
            Samples samples = row.samples();
            csv.append(
                    String.join(
                            ",",
                            row.suite(),
                            '"' + row.name().replace("\"", "\"\"") + '"',
                            row.tokens() == 0 ? "" : Long.toString(row.tokens()),
                            kernels,
                            Integer.toString(threads),
                            Integer.toString(samples.count()),
                            row.unit(),
                            exact(samples.median()),
                            exact(samples.low()),
                            exact(samples.high()),
                            row.gigabytes().isEmpty() ? "" : exact(row.gigabytes().getAsDouble()),
                            row.gigaflops().isEmpty() ? "" : exact(row.gigaflops().getAsDouble()),
                            row.share().map(share -> share.limit().label()).orElse(""),
                            row.share().map(share -> exact(share.ceiling())).orElse(""),
                            row.share().map(share -> exact(share.percent())).orElse("")));
            csv.append('\n');
        }
        return csv.toString();
    }

    /** Writes the CSV whole or not at all. */
    public void write(Path file) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part"); // as readable as any file
        try {
            Files.writeString(part, toCsv(), StandardCharsets.UTF_8);
            try {
                Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
            }
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static String optional(OptionalDouble value) {
        return value.isEmpty() ? "" : number(value.getAsDouble());
    }

    /** Three digits that mean something, and no more than are needed. */
    private static String number(double value) {
        double size = Math.abs(value);
        String format = size < 0.1 ? "%.4f" : size < 10 ? "%.2f" : size < 100 ? "%.1f" : "%.0f";
        return String.format(Locale.ROOT, format, value);
    }

    private static String exact(double value) {
        return String.format(Locale.ROOT, "%.6g", value);
    }
}
