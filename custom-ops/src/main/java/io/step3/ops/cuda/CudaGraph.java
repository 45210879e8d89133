package io.step3.ops.cuda;

import java.lang.foreign.MemorySegment;

/**
 * Work that was recorded once and is given to a device as a whole. It lives as long as the arena
 * that it was recorded for. What its work reads and writes must live as long as it is launched.
 */
public final class CudaGraph {
    private final DeviceContext context;
    private final MemorySegment handle;

    CudaGraph(DeviceContext context, MemorySegment handle) {
        this.context = context;
        this.handle = handle;
    }

    /** Gives all of it to a stream. Nothing is allocated. */
    public void launch(CudaStream on) {
        DriverFunctions f = context.functions();
        context.enter();
        context.check(f.call(f.graphLaunch, handle, on.handle()), f.graphLaunch);
    }
}
