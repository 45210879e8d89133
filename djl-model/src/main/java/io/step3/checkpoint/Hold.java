package io.step3.checkpoint;

import io.step3.ops.Backend;
import io.step3.ops.MappingGuard;
import io.step3.ops.WeightsLostException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A claim on a checkpoint whose weights are computed with: until it is closed the files stay
 * mapped, even if the checkpoint is closed before, and what is computed within {@link #reading}
 * outlives the loss of a file. Safe for use by several threads.
 */
public final class Hold implements AutoCloseable {

    /** So often the files are asked whether they changed, while something is read. */
    private static final long NANOS_BETWEEN_CHECKS = 100_000_000;

    private final Checkpoint checkpoint;
    private final Map<SafetensorsFile, List<MappingGuard>> guards = new LinkedHashMap<>();
    private volatile long checked = System.nanoTime();
    private boolean closed;

    /** Maps and guards all files; the checkpoint counts this hold already. */
    Hold(Checkpoint checkpoint, List<SafetensorsFile> files, List<Backend> backends) {
        this.checkpoint = checkpoint;
        try {
            for (SafetensorsFile file : files) {
                List<MappingGuard> own = new ArrayList<>();
                guards.put(file, own);
                for (Backend backend : backends) {
                    own.add(backend.guard(file.mapping()));
                }
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /**
     * Runs what reads weights. The first loss that is noticed, here or in another thread, breaks
     * the checkpoint: from then on every call fails with the same sentence. A file that was
     * overwritten in place is noticed within a tenth of a second of reading, and whatever it made
     * of the numbers; one that was deleted or replaced by another of its name stays as it was.
     *
     * @throws CheckpointException if a file was cut, overwritten or cannot be read any more; what
     *     the action computed is worth nothing then
     */
    public <T> T reading(Supplier<T> action) {
        checkpoint.requireWhole();
        T result;
        try {
            result = action.get();
        } catch (WeightsLostException | ArithmeticException e) {
            requireUnchanged();
            if (e instanceof WeightsLostException) {
                throw lost(e);
            }
            throw e;
        } catch (InternalError e) {
            if (!isLoss(e)) {
                throw e;
            }
            requireUnchanged();
            throw lost(e);
        }
        long now = System.nanoTime();
        if (now - checked > NANOS_BETWEEN_CHECKS) {
            checked = now;
            requireUnchanged();
        }
        return result;
    }

    /** Java's own words for a page of a mapping that cannot be read. */
    static boolean isLoss(InternalError e) {
        return e.getMessage() != null && e.getMessage().contains("unsafe memory access");
    }

    /**
     * Asks all files whether they changed; what computes NaN should.
     *
     * @throws CheckpointException if one was cut or overwritten
     */
    public void requireUnchanged() {
        for (SafetensorsFile file : guards.keySet()) {
            var change = file.change();
            if (change.isPresent()) {
                throw checkpoint.broken(
                        "%s %s while it was in use: restore it and load the checkpoint again"
                                .formatted(file.file(), change.get()),
                        null);
            }
        }
    }

    private CheckpointException lost(Throwable cause) {
        List<String> lost = new ArrayList<>();
        guards.forEach(
                (file, own) -> {
                    if (own.stream().anyMatch(MappingGuard::lost)) {
                        lost.add(file.file().toString());
                    }
                });
        return checkpoint.broken(
                "%s could not be read any more while it was in use, as if its disk were gone: make it readable and load the checkpoint again"
                        .formatted(
                                lost.isEmpty()
                                        ? "a file of " + checkpoint.folder()
                                        : String.join(", ", lost)),
                cause);
    }

    /** Lets go: if the checkpoint was closed and nobody else holds it, it is unmapped. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        guards.values().forEach(own -> own.forEach(MappingGuard::close));
        checkpoint.release();
    }
}
