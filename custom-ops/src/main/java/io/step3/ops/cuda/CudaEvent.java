package io.step3.ops.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A point in a stream: {@link CudaStream#record} sets it, again and again. One that was never
 * recorded counts as reached.
 */
public final class CudaEvent {
    private final DeviceContext context;
    private final MemorySegment handle;

    CudaEvent(DeviceContext context, MemorySegment handle) {
        this.context = context;
        this.handle = handle;
    }

    MemorySegment handle() {
        return handle;
    }

    /** Waits until the device is there. */
    public void await() {
        DriverFunctions f = context.functions();
        context.enter();
        context.check(f.call(f.eventSynchronize, handle), f.eventSynchronize);
    }

    /** Whether the device is there. */
    public boolean isDone() {
        DriverFunctions f = context.functions();
        context.enter();
        return context.isDone(f.call(f.eventQuery, handle), f.eventQuery);
    }

    /**
     * Milliseconds on the device from another event to this one, half a microsecond exact. Both
     * must be {@linkplain CudaDevice#timer timers} that the device has reached.
     */
    public float millisecondsSince(CudaEvent earlier) {
        DriverFunctions f = context.functions();
        context.enter();
        try (Arena call = Arena.ofConfined()) {
            MemorySegment value = call.allocate(JAVA_FLOAT);
            context.check(
                    f.call(f.eventElapsedTime, value, earlier.handle, handle), f.eventElapsedTime);
            return value.get(JAVA_FLOAT, 0);
        }
    }
}
