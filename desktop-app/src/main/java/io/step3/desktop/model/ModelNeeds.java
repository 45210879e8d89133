package io.step3.desktop.model;

import io.step3.checkpoint.Checkpoint;
import io.step3.checkpoint.TextConfig;
import io.step3.model.ModelOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a checkpoint takes, told before it is loaded.
 *
 * @param weights bytes of all tensors; they are mapped, so what does not fit in memory is read
 *     again and again from the disk
 * @param cachePerToken bytes of keys and values for one token
 * @param context tokens of a full context
 * @param sees whether it has a vision tower
 * @param memory bytes that programs can still use, 0 if that is unknown
 */
public record ModelNeeds(long weights, long cachePerToken, int context, boolean sees, long memory) {

    private static final Path MEMINFO = Path.of("/proc/meminfo");

    /** How well it fits. */
    public enum Fit {
        /** Weights and a full context fit. */
        WELL,
        /** Weights fit, a full context does not. */
        SHORT_CONTEXT,
        /** The weights are larger than the memory: it runs, at the speed of the disk. */
        FROM_DISK,
        /** Nobody knows how much memory there is. */
        UNKNOWN
    }

    /**
     * Reads what a checkpoint's files say, not its weights.
     *
     * @throws io.step3.checkpoint.CheckpointException if it is no checkpoint that can be used
     */
    public static ModelNeeds of(ModelChoice choice) {
        try (Checkpoint checkpoint = Checkpoint.open(choice.folder())) {
            TextConfig text = checkpoint.config().text();
            return new ModelNeeds(
                    checkpoint.tensors().bytes(),
                    ModelOptions.DEFAULT.cacheBytesPerToken(text),
                    text.maxPositions(),
                    checkpoint.config().vision().isPresent(),
                    freeMemory());
        }
    }

    /** Bytes of a full context. */
    public long cache() {
        return cachePerToken * context;
    }

    /** How well it fits. */
    public Fit fit() {
        if (memory == 0) {
            return Fit.UNKNOWN;
        }
        if (weights > memory) {
            return Fit.FROM_DISK;
        }
        return weights + cache() > memory ? Fit.SHORT_CONTEXT : Fit.WELL;
    }

    private static long freeMemory() {
        // Linux counts what it can drop from its caches as used; "available" does not.
        try {
            Optional<String> line =
                    Files.readAllLines(MEMINFO).stream()
                            .filter(l -> l.startsWith("MemAvailable:"))
                            .findFirst();
            if (line.isPresent()) {
                return Long.parseLong(line.get().replaceAll("\\D", "")) * 1024;
            }
        } catch (IOException | NumberFormatException e) {
            // Not Linux: asked otherwise below.
        }
        return ManagementFactory.getOperatingSystemMXBean()
                        instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getFreeMemorySize()
                : 0;
    }
}
