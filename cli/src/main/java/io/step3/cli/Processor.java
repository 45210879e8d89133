package io.step3.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this machine computes with. */
final class Processor {

    private Processor() {}

    /** As the system names it, or the architecture where it does not. */
    static String name() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
                if (line.startsWith("model name")) {
                    return line.substring(line.indexOf(':') + 1).strip();
                }
            }
        } catch (IOException e) {
            // Not Linux.
        }
        return System.getProperty("os.arch");
    }
}
