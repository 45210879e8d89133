package io.step3.ops.gpu;

import io.step3.ops.Buffer;
import io.step3.ops.cuda.DeviceMemory;

/** A buffer in a device's memory. */
final class GpuBuffer implements Buffer {
    private final GpuBackend backend;
    private final DeviceMemory memory;

    GpuBuffer(GpuBackend backend, DeviceMemory memory) {
        this.backend = backend;
        this.memory = memory;
    }

    GpuBackend backend() {
        return backend;
    }

    DeviceMemory memory() {
        return memory;
    }

    @Override
    public long bytes() {
        return memory.byteSize();
    }

    @Override
    public Buffer slice(long from, long length) {
        return new GpuBuffer(backend, memory.slice(from, length));
    }
}
