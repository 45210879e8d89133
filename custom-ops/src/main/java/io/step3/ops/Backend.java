package io.step3.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What computes: it owns memory, holds weights, and makes streams that run operations on both. All
 * that one backend has made is for its own streams only; another's is refused with {@link
 * IllegalArgumentException}. Safe for use by several threads.
 *
 * <p>Two are here, plain Java and the native library, and one for CUDA devices in {@code
 * io.step3.ops.gpu}. A further one implements this interface and {@link Stream}, and passes a
 * subclass of this module's {@code BackendContract} test.
 */
public interface Backend extends AutoCloseable {

    /** What computes, as a person would say it: {@code "java"} or {@code "cpu avx512-vbmi"}. */
    String name();

    /**
     * Memory of zeros.
     *
     * @param owner frees it
     * @throws OutOfMemoryError if there is not so much
     */
    Buffer allocate(Arena owner, long bytes);

    /**
     * Takes weights to where they are computed with. On the CPU that is where they lie: nothing is
     * copied or read, and whoever frees or unmaps the memory is refused as long as an operation
     * reads it.
     *
     * @param weight stays as it is as long as the result is used
     */
    Matrix hold(Weight weight);

    /**
     * An empty cache of keys and values.
     *
     * @param dim numbers of a row; at most 1024 if not float32
     * @throws OutOfMemoryError if there is not so much memory
     */
    KeyValues newCache(KvFormat format, int layers, int capacity, int dim);

    /** Something to compute with, for one thread at a time. */
    Stream newStream();

    /**
     * Guards a mapped file that weights lie in. Without a guard native operations end the process
     * when pages of the file are gone that they need; with one the operation throws {@link
     * WeightsLostException}, and so does every later one that reads a weight of this file. Plain
     * Java needs no guard: it throws the {@link InternalError} of every lost mapping.
     *
     * @param mapping a whole file, mapped from its first byte
     * @return to be closed before the file is unmapped
     * @throws IllegalArgumentException if this is no mapping
     */
    MappingGuard guard(MemorySegment mapping);

    /** Bytes of scratch that {@link Stream#experts} needs for at most {@code rows} rows. */
    long expertsScratch(long rows, int k, int experts, long hidden, long width);

    /** Bytes of scratch that {@link Stream#convolve} needs. */
    long convolveScratch(Convolution shape);

    /**
     * Frees what the backend holds. Later operations throw {@link IllegalStateException}; memory
     * that belongs to arenas stays theirs. A second call does nothing.
     *
     * @throws IllegalStateException if an operation is still running
     */
    @Override
    void close();
}
