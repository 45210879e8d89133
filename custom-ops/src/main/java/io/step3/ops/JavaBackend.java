package io.step3.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Plain Java: what computes where no native library loads. */
public final class JavaBackend implements Backend {

    private static final MappingGuard NO_GUARD =
            new MappingGuard() {
                @Override
                public boolean lost() {
                    return false;
                }

                @Override
                public void close() {}
            };

    private volatile boolean closed;

    @Override
    public String name() {
        return "java";
    }

    @Override
    public Buffer allocate(Arena owner, long bytes) {
        return HostBuffer.allocate(owner, bytes);
    }

    @Override
    public Matrix hold(Weight weight) {
        return new HostMatrix(weight);
    }

    @Override
    public KeyValues newCache(KvFormat format, int layers, int capacity, int dim) {
        return new HostKeyValues(format, layers, capacity, dim);
    }

    @Override
    public Stream newStream() {
        return new JavaStream(this);
    }

    @Override
    public MappingGuard guard(MemorySegment mapping) {
        return NO_GUARD;
    }

    @Override
    public long expertsScratch(long rows, int k, int experts, long hidden, long width) {
        Arguments.expertsScratch(rows, k, experts, hidden, width);
        return 0;
    }

    @Override
    public long convolveScratch(Convolution shape) {
        return 0;
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        closed = true;
    }
}
