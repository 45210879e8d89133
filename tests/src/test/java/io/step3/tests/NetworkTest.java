package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who uses Step3 makes no connection to anywhere. */
class NetworkTest {

    private static List<String> connections(String way, String... options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(
                List.of(
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx512m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Connections.class.getName(),
                        way,
                        Golden.checkpoint("b").toString()));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove("OPT_OUT_TRACKING");
        Process child = builder.start();
        List<String> lines;
        try (var out = child.inputReader()) {
            lines = out.lines().toList();
        }
        assertTrue(child.waitFor(5, TimeUnit.MINUTES));
        assertEquals("DONE", lines.getLast(), lines::toString);
        return lines.stream().filter(line -> line.startsWith("CONNECTION")).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"criteria", "zoo", "plain"})
    void nothingIsConnectedTo(String way) throws Exception {
        assertEquals(List.of(), connections(way));
    }

    /** The watch sees what would be connected to: DJL's report, where somebody wants it. */
    @Test
    void whoWantsDjlToReportSaysSo() throws Exception {
        List<String> asked = connections("criteria", "-DOPT_OUT_TRACKING=false");
        assertTrue(
                asked.stream().anyMatch(line -> line.contains("169.254.169.254")), asked::toString);
    }
}
