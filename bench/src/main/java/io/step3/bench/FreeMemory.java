package io.step3.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory there is to take. */
final class FreeMemory {

    private FreeMemory() {}

    /** Bytes that can be had without pushing anything out, in this container or machine. */
    static long bytes() {
        var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long free = system.getFreeMemorySize();
        try {
            // Of what the system calls not free, files that it remembers can be had too.
            for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
                if (line.startsWith("MemAvailable:")) {
                    long available = Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
                    boolean limited = system.getTotalMemorySize() < physical();
                    return limited ? Math.min(free, available) : available;
                }
            }
        } catch (IOException | NumberFormatException e) {
            // Not Linux: what Java says.
        }
        return free;
    }

    private static long physical() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
            if (line.startsWith("MemTotal:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
            }
        }
        return 0;
    }
}
