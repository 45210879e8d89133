package io.step3.tests;

import io.step3.ops.Backend;
import io.step3.ops.Buffer;
import io.step3.ops.Convolution;
import io.step3.ops.Format;
import io.step3.ops.JavaBackend;
import io.step3.ops.KeyValues;
import io.step3.ops.KvFormat;
import io.step3.ops.MappingGuard;
import io.step3.ops.Matrix;
import io.step3.ops.Spans;
import io.step3.ops.Stream;
import io.step3.ops.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A device of plain Java: nobody else can use what it makes, nor it what others made; weights are
 * copied to it; and what a stream is asked for is done as late as the contract allows, when
 * somebody waits.
 */
final class DistantBackend implements Backend {

    private final Backend inner = new JavaBackend();
    private final Arena weights = Arena.ofShared();
    private final long capacity;
    private final List<LateStream> streams = new CopyOnWriteArrayList<>();
    private long used;

    /**
     * A device with so much memory for weights and buffers.
     *
     * @param capacity bytes
     */
    DistantBackend(long capacity) {
        this.capacity = capacity;
    }

    private synchronized void take(long bytes) {
        if (used + bytes > capacity) {
            throw new OutOfMemoryError(
                    "the device has %d bytes left, not %d".formatted(capacity - used, bytes));
        }
        used += bytes;
    }

    /** Bytes that were asked for so far, freed ones too. */
    synchronized long used() {
        return used;
    }

    /** The operations that are asked for and not done, by name. */
    List<String> waiting() {
        return streams.stream()
                .flatMap(stream -> stream.waiting.stream())
                .map(operation -> operation.method().getName())
                .toList();
    }

    @Override
    public String name() {
        return "distant";
    }

    @Override
    public Buffer allocate(Arena owner, long bytes) {
        take(bytes);
        return new DistantBuffer(this, inner.allocate(owner, bytes));
    }

    @Override
    public Matrix hold(Weight weight) {
        take(weight.data().byteSize() + weight.format().scales().byteSize());
        Format format =
                switch (weight.format()) {
                    case Format.Plain plain -> plain;
                    case Format.Blocks blocks ->
                            new Format.Blocks(
                                    blocks.type(),
                                    blocks.rows(),
                                    blocks.cols(),
                                    copy(blocks.scales()));
                };
        var own =
                new Weight(
                        format, copy(weight.data()), weight.count(), weight.rows(), weight.cols());
        return new DistantMatrix(this, inner.hold(own));
    }

    private MemorySegment copy(MemorySegment data) {
        return weights.allocate(data.byteSize()).copyFrom(data);
    }

    @Override
    public KeyValues newCache(KvFormat format, int layers, int capacity, int dim) {
        return new DistantKeys(this, inner.newCache(format, layers, capacity, dim));
    }

    @Override
    public Stream newStream() {
        var late = new LateStream(inner.newStream());
        streams.add(late);
        return (Stream)
                Proxy.newProxyInstance(
                        Stream.class.getClassLoader(),
                        new Class<?>[] {Stream.class},
                        (_, method, arguments) -> late.call(method, arguments));
    }

    @Override
    public MappingGuard guard(MemorySegment mapping) {
        return inner.guard(mapping);
    }

    @Override
    public long expertsScratch(long rows, int k, int experts, long hidden, long width) {
        return inner.expertsScratch(rows, k, experts, hidden, width);
    }

    @Override
    public long convolveScratch(Convolution shape) {
        return inner.convolveScratch(shape);
    }

    @Override
    public void close() {
        inner.close();
        if (weights.scope().isAlive()) {
            weights.close();
        }
    }

    private record DistantBuffer(DistantBackend of, Buffer inner) implements Buffer {
        @Override
        public long bytes() {
            return inner.bytes();
        }

        @Override
        public Buffer slice(long from, long bytes) {
            return new DistantBuffer(of, inner.slice(from, bytes));
        }
    }

    private record DistantMatrix(DistantBackend of, Matrix inner) implements Matrix {
        @Override
        public int count() {
            return inner.count();
        }

        @Override
        public long rows() {
            return inner.rows();
        }

        @Override
        public long cols() {
            return inner.cols();
        }

        @Override
        public Format format() {
            return inner.format();
        }
    }

    private record DistantKeys(DistantBackend of, KeyValues inner) implements KeyValues {
        @Override
        public KvFormat format() {
            return inner.format();
        }

        @Override
        public int layers() {
            return inner.layers();
        }

        @Override
        public int capacity() {
            return inner.capacity();
        }

        @Override
        public int dim() {
            return inner.dim();
        }

        @Override
        public long bytes() {
            return inner.bytes();
        }

        @Override
        public long bytes(int tokens) {
            return inner.bytes(tokens);
        }

        @Override
        public void release(int from) {
            inner.release(from);
        }

        @Override
        public void copyFrom(KeyValues other, int tokens) {
            inner.copyFrom(((DistantKeys) other).inner, tokens);
        }

        @Override
        public void close() {
            inner.close();
        }
    }

    /** What was asked for and not done yet. */
    private final class LateStream {

        private final Stream stream;
        private final Queue<Operation> waiting = new ArrayDeque<>();

        private record Operation(Method method, Object[] arguments) {}

        LateStream(Stream stream) {
            this.stream = stream;
        }

        Object call(Method method, Object[] arguments) throws Throwable {
            Object[] own = arguments == null ? new Object[0] : arguments.clone();
            Arrays.setAll(own, i -> ours(own[i]));
            boolean waits =
                    switch (method.getName()) {
                        case "read", "view", "viewKeys", "viewValues", "await", "close" -> true;
                        default -> false;
                    };
            if (method.getName().equals("write")) {
                own[1] =
                        Arena.ofAuto()
                                .allocate(((MemorySegment) own[1]).byteSize())
                                .copyFrom((MemorySegment) own[1]);
            }
            if (!waits) {
                waiting.add(new Operation(method, own));
                return null;
            }
            while (!waiting.isEmpty()) {
                Operation next = waiting.remove();
                run(next.method(), next.arguments());
            }
            Object result = run(method, own);
            // What is seen is a copy: the device's memory is not the host's.
            return result instanceof MemorySegment seen
                    ? Arena.ofAuto().allocate(seen.byteSize(), Float.BYTES).copyFrom(seen)
                    : result;
        }

        private Object run(Method method, Object[] arguments) throws Throwable {
            try {
                return method.invoke(stream, arguments);
            } catch (InvocationTargetException e) {
                waiting.clear();
                throw e.getCause();
            }
        }

        /** An argument as plain Java takes it, as it is now. */
        private Object ours(Object argument) {
            return switch (argument) {
                case DistantBuffer buffer when buffer.of == DistantBackend.this -> buffer.inner;
                case DistantMatrix matrix when matrix.of == DistantBackend.this -> matrix.inner;
                case DistantKeys keys when keys.of == DistantBackend.this -> keys.inner;
                case Buffer _, Matrix _, KeyValues _ ->
                        throw new IllegalArgumentException("belongs to another backend");
                case Spans spans -> {
                    var own = new Spans();
                    for (int i = 0; i < spans.count(); i++) {
                        own.add((KeyValues) ours(spans.cache(i)), spans.position(i), spans.rows(i));
                    }
                    yield own;
                }
                case null, default -> argument;
            };
        }
    }
}
