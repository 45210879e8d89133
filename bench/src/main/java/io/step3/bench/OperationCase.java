package io.step3.bench;

import java.util.function.Supplier;

/**
 * An operation at one size.
 *
 * @param name what is measured
 * @param tokens how many tokens it computes
 * @param bytes of weights, keys and values, or activations that it reads and writes, each once
 * @param flops float32 operations, a multiply-add being two; 0 where they are no matter
 * @param inCaches whether what it reads stands in a cache, so that memory says nothing about it
 * @param prepared lays out its memory
 */
public record OperationCase(
        String name,
        int tokens,
        long bytes,
        double flops,
        boolean inCaches,
        Supplier<Prepared> prepared) {

    /** Something to run again and again, and the memory that it needs. */
    public interface Prepared extends AutoCloseable {

        /** Computes once, with other weights than the last times. */
        void run();

        @Override
        void close();
    }
}
