package io.step3.ops;

import java.lang.foreign.MemorySegment;

/** Plain Java: what computes where no native library loads. */
public final class JavaBackend implements HostBackend {

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
