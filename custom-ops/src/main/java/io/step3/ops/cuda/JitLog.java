package io.step3.ops.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Where the driver's compiler writes why it refuses a module. */
final class JitLog {
    private static final int COUNT = 2;

    private static final int ERROR_LOG = 5;
    private static final int ERROR_LOG_BYTES = 6;
    private static final long BYTES = 4096;

    private final MemorySegment text;
    private final MemorySegment options;
    private final MemorySegment values;

    JitLog(Arena call) {
        text = call.allocate(BYTES);
        options = call.allocateFrom(JAVA_INT, ERROR_LOG, ERROR_LOG_BYTES);
        values = call.allocate(ADDRESS, COUNT);
        values.set(ADDRESS, 0, text);
        values.set(JAVA_LONG, 8, BYTES - 1); // a number where others have pointers
    }

    /** Loads a module, which is written to {@code value}. */
    int load(DriverFunctions functions, MemorySegment value, MemorySegment image) {
        return functions.call(functions.moduleLoadData, value, image, COUNT, options, values);
    }

    /** What it wrote, on one line; empty if it wrote nothing. */
    String said() {
        String said = text.getString(0).strip().replaceAll("\\s*\\R\\s*", "; ");
        return said.isEmpty() ? "" : ": " + said;
    }
}
