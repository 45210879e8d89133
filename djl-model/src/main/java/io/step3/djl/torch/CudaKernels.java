package io.step3.djl.torch;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.step3.djl.torch.Fp8Weights.Checked;
import io.step3.ops.Buffer;
import io.step3.ops.KeyValues;
import io.step3.ops.KvFormat;
import io.step3.ops.Matrix;
import io.step3.ops.Spans;
import io.step3.ops.Stream;
import io.step3.ops.gpu.GpuBackend;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/**
 * Computes on a CUDA device, with the tensors' memory as it lies in the device's primary context,
 * which is PyTorch's too. Weights are not copied; keys and values are, on the device, into the
 * pieces that its attention reads.
 *
 * <p>A call waits for the device before and after: before, because what PyTorch has queued may
 * still write the tensors; after, because a call must know when it ends whether it has failed.
 */
final class CudaKernels implements DeviceKernels {
    private final GpuBackend backend;

    /** Not in use just now: as many as ever computed at once. */
    private final ConcurrentLinkedQueue<Stream> streams = new ConcurrentLinkedQueue<>();

    CudaKernels(GpuBackend backend) {
        this.backend = backend;
    }

    @Override
    public void attention(
            Tensor out, Tensor q, Tensor keys, Tensor values, int position, float scale) {
        int rows = (int) q.size(0);
        int seen = position + rows;
        int dim = Math.toIntExact(keys.size(1));
        int heads = Math.toIntExact(q.size(1));
        long bytes = (long) seen * dim * Float.BYTES;
        compute(
                stream -> {
                    try (KeyValues cache = backend.newCache(KvFormat.F32, 1, seen, dim)) {
                        Spans spans = new Spans();
                        spans.add(cache, 0, seen);
                        stream.append(
                                backend.lend(keys.address(), bytes),
                                backend.lend(values.address(), bytes),
                                spans,
                                0);
                        spans.clear();
                        spans.add(cache, position, rows);
                        stream.attention(floats(out), floats(q), spans, 0, heads, scale);
                        stream.await();
                    }
                });
    }

    @Override
    public void linear(Tensor out, Tensor x, Checked w) {
        compute(
                stream -> {
                    stream.linear(floats(out), floats(x), lend(w), null, x.rows());
                    stream.await();
                });
    }

    @Override
    public void experts(
            Tensor out,
            Tensor x,
            Tensor ids,
            Tensor weights,
            Checked gate,
            Checked up,
            Checked down) {
        int k = (int) ids.size(-1);
        long bytes = backend.expertsScratch(x.rows(), k, gate.count(), gate.cols(), gate.rows());
        compute(
                stream -> {
                    try (Arena arena = Arena.ofShared()) {
                        stream.experts(
                                floats(out),
                                floats(x),
                                ids(stream, arena, ids, gate.count()),
                                floats(weights),
                                lend(gate),
                                lend(up),
                                lend(down),
                                x.rows(),
                                k,
                                0,
                                backend.allocate(arena, bytes));
                        stream.await();
                    }
                });
    }

    private void compute(Consumer<Stream> work) {
        backend.await();
        Stream stream = streams.poll();
        if (stream == null) {
            stream = backend.newStream();
        }
        try {
            work.accept(stream);
        } catch (RuntimeException | Error e) {
            stream.close(); // it may keep a fault for whoever comes next
            throw e;
        }
        streams.add(stream);
    }

    /** The ids as int32, all of them experts. */
    private Buffer ids(Stream stream, Arena arena, Tensor ids, int experts) {
        boolean wide = ids.type() == Tensor.INT64;
        int bytesOfOne = wide ? Long.BYTES : Integer.BYTES;
        MemorySegment given = stream.view(backend.lend(ids.address(), ids.count() * bytesOfOne));
        MemorySegment checked = arena.allocate(JAVA_INT_UNALIGNED, ids.count());
        for (long i = 0; i < ids.count(); i++) {
            long id =
                    wide
                            ? given.getAtIndex(JAVA_LONG_UNALIGNED, i)
                            : given.getAtIndex(JAVA_INT_UNALIGNED, i);
            checked.setAtIndex(JAVA_INT_UNALIGNED, i, ids.requireExpert(i, id, experts));
        }
        Buffer buffer = backend.allocate(arena, checked.byteSize());
        stream.write(buffer, checked);
        return buffer;
    }

    private Matrix lend(Checked w) {
        return backend.lend(
                w.codes().address(),
                w.scales().address(),
                Operator.BLOCK,
                w.count(),
                w.rows(),
                w.cols());
    }

    private Buffer floats(Tensor tensor) {
        return backend.lend(tensor.address(), tensor.count() * Float.BYTES);
    }
}
