package io.step3.djl.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.LibUtils;
import io.step3.ops.BackendLoader;
import io.step3.ops.HostBackend;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Step3's operations as operators of PyTorch: for arrays of DJL's PyTorch engine by the methods
 * here, and for TorchScript modules by name:
 *
 * <pre>{@code
 * step3::mfa_attention(Tensor q, Tensor keys, Tensor values, int position, float scale) -> Tensor
 * step3::fp8_linear(Tensor x, Tensor codes, Tensor scales) -> Tensor
 * step3::fp8_moe(Tensor x, Tensor ids, Tensor weights, Tensor gate, Tensor gate_scales, Tensor up,
 *                Tensor up_scales, Tensor down, Tensor down_scales) -> Tensor
 * }</pre>
 *
 * <p>A module that names them loads only after {@link #register}. PyTorch's dispatcher belongs to
 * the process, and loaded modules keep what they found in it, so what is registered stays until the
 * process ends; there is nothing to close. All is safe for use by several threads.
 *
 * <p>They compute on the CPU and, with {@code custom-ops}' CUDA kernels and a driver that {@code
 * STEP3_CUDA} may name, on the first CUDA device. There each call waits for the device before and
 * after, rows of codes must be multiples of four, and a head has at most 1024 dimensions.
 *
 * <p>Activations are float32 and may have any strides; where they are not contiguous they are
 * copied. Weights are never copied. Tensors of no rows give tensors of no rows.
 *
 * <p>The operators are for inference: they have no backward pass. The methods here refuse arrays
 * that a gradient is wanted of; a TorchScript module's is not found out about before PyTorch warns
 * in {@code backward}.
 *
 * <p>PyTorch gives a kernel of this kind no way to fail. The methods here throw all the same, once
 * the call is over. In a TorchScript module the result of a call that failed is NaN in every number
 * (of no dimensions where not even its shape could be told), the log of {@code io.step3.djl.torch}
 * says why, and the module's caller may ask {@link #takeFailure}.
 */
public final class Step3TorchOps {
    private static final String ENGINE = "PyTorch";
    private static final MfaAttention MFA_ATTENTION = new MfaAttention();
    private static final Fp8Linear FP8_LINEAR = new Fp8Linear();
    private static final Fp8Moe FP8_MOE = new Fp8Moe();

    /** Of this process, once there are some: as PyTorch's dispatcher, which has them, is. */
    private static @Nullable Step3TorchOps registered;

    private final LibTorch torch;
    private final Failures failures;

    private Step3TorchOps(LibTorch torch, Failures failures) {
        this.torch = torch;
        this.failures = failures;
    }

    /**
     * Registers the operators, if this was not done before. It computes with what {@code
     * STEP3_KERNELS} and {@code STEP3_THREADS} say, as Step3 itself does.
     *
     * @return the same each time
     * @throws IllegalStateException in one sentence if PyTorch is not there or too old, or if the
     *     names are taken, as by this very class in another class loader
     */
    public static synchronized Step3TorchOps register() {
        if (registered == null) {
            registered = registered(libtorch());
        }
        return registered;
    }

    private static LibTorch libtorch() {
        if (!Engine.hasEngine(ENGINE)) {
            throw new IllegalStateException(
                    "DJL's PyTorch engine is not on the class path: add ai.djl.pytorch:pytorch-engine and its natives.");
        }
        try {
            Engine.getEngine(ENGINE); // loads the natives
        } catch (EngineException | UnsatisfiedLinkError e) {
            throw new IllegalStateException(
                    "DJL's PyTorch engine does not start, its natives may be missing: "
                            + e.getMessage(),
                    e);
        }
        return new LibTorch(Path.of(LibUtils.getLibtorchPath()));
    }

    /** The CPU's, also where a device's is asked for. */
    private static BackendLoader.Choice host() {
        BackendLoader.Choice choice = BackendLoader.load();
        if (choice.backend() instanceof HostBackend) {
            return choice;
        }
        choice.close();
        return BackendLoader.load("");
    }

    private static Step3TorchOps registered(LibTorch torch) {
        BackendLoader.Choice choice = host();
        List<MemorySegment> libraries = new ArrayList<>();
        try {
            Failures failures = new Failures();
            ForeignThreads threads = new ForeignThreads();
            MemorySegment nan = torch.scalar(Float.NaN);
            libraries.add(define(torch));
            HostKernels host = new HostKernels((HostBackend) choice.backend());
            FirstDevice device = new FirstDevice();
            libraries.add(implement(torch, "CPU", host, failures, threads, nan));
            libraries.add(implement(torch, "CUDA", device, failures, threads, nan));
            return new Step3TorchOps(torch, failures);
        } catch (RuntimeException | Error e) {
            libraries.reversed().forEach(torch::delete);
            choice.close();
            throw e;
        }
    }

    private static List<Operator> operators() {
        return List.of(MFA_ATTENTION, FP8_LINEAR, FP8_MOE);
    }

    private static MemorySegment define(LibTorch torch) {
        MemorySegment library;
        try {
            library = torch.define(Operator.NAMESPACE);
        } catch (IllegalStateException e) {
            throw new IllegalStateException(
                    "PyTorch has a library named step3 already: register once a process, in one class loader.",
                    e);
        }
        try {
            operators().forEach(operator -> torch.define(library, operator.schema()));
            return library;
        } catch (RuntimeException | Error e) {
            torch.delete(library);
            throw e;
        }
    }

    private static MemorySegment implement(
            LibTorch torch,
            String key,
            DeviceKernels kernels,
            Failures failures,
            ForeignThreads threads,
            MemorySegment nan) {
        MemorySegment library = torch.implement(Operator.NAMESPACE, key);
        try {
            for (Operator operator : operators()) {
                Kernel kernel = new Kernel(torch, operator, kernels, failures, threads, nan);
                torch.implement(library, operator.name(), kernel.stub());
            }
            return library;
        } catch (RuntimeException | Error e) {
            torch.delete(library);
            throw e;
        }
    }

    /**
     * Multi-matrix factorization attention: causal softmax attention of all query heads over one
     * shared key and one shared value head. Row {@code i} of {@code q} stands at {@code position +
     * i} of its sequence and sees the keys and values up to there, its own among them.
     *
     * @param q float32 {@code [rows, heads, dim]}, rotated
     * @param keys float32 {@code [n, dim]}, rotated; {@code n} may be more than is seen, as in a
     *     cache that is not full
     * @param values float32 {@code [n, dim]}
     * @param position from 0 to {@code n - rows}
     * @param scale what scores are multiplied by, usually {@code 1 / sqrt(dim)}; finite
     * @return float32 {@code [rows, heads, dim]}, with the manager of {@code q}
     * @throws IllegalArgumentException naming the argument that is wrong
     */
    public NDArray attend(NDArray q, NDArray keys, NDArray values, long position, float scale) {
        try (Arguments arguments = new Arguments()) {
            arguments.add("q", q);
            arguments.add("keys", keys);
            arguments.add("values", values);
            arguments.add(position);
            arguments.add(Double.doubleToRawLongBits(scale));
            return arguments.call(MFA_ATTENTION, q);
        }
    }

    /**
     * A linear layer of block-fp8 weights: {@code x w^T}.
     *
     * @param x float32 {@code [..., inputs]}
     * @param w a matrix
     * @return float32 {@code [..., outputs]}, with the manager of {@code x}
     * @throws IllegalArgumentException naming the argument that is wrong
     */
    public NDArray linear(NDArray x, Fp8Weights w) {
        try (Arguments arguments = new Arguments()) {
            arguments.add("x", x);
            arguments.add("codes", w.codes());
            arguments.add("scales", w.scales());
            return arguments.call(FP8_LINEAR, x);
        }
    }

    /**
     * The chosen experts of a mixture-of-experts layer: for each row the sum over {@code j} of
     * {@code weights[j] * down(silu(gate x) * up x)} with the matrices of expert {@code ids[j]}.
     *
     * @param x float32 {@code [..., hidden]}
     * @param ids int32 or int64 {@code [..., k]}, each from 0 to {@code experts - 1}
     * @param weights float32 {@code [..., k]}
     * @param gate {@code [experts, width, hidden]}
     * @param up {@code [experts, width, hidden]}
     * @param down {@code [experts, hidden, width]}
     * @return float32 {@code [..., hidden]}, with the manager of {@code x}
     * @throws IllegalArgumentException naming the argument that is wrong
     */
    public NDArray moe(
            NDArray x,
            NDArray ids,
            NDArray weights,
            Fp8Weights gate,
            Fp8Weights up,
            Fp8Weights down) {
        try (Arguments arguments = new Arguments()) {
            arguments.add("x", x);
            arguments.add("ids", ids);
            arguments.add("weights", weights);
            arguments.add("gate", gate.codes());
            arguments.add("gate_scales", gate.scales());
            arguments.add("up", up.codes());
            arguments.add("up_scales", up.scales());
            arguments.add("down", down.codes());
            arguments.add("down_scales", down.scales());
            return arguments.call(FP8_MOE, x);
        }
    }

    /**
     * What the last call of an operator that failed in this thread failed with, such as one of a
     * TorchScript module that this thread ran; it is forgotten then. What the methods here throw is
     * not among it.
     */
    public Optional<Throwable> takeFailure() {
        return Optional.ofNullable(failures.take());
    }

    /** The arguments of one call; their handles go over to the operator when it is called. */
    private final class Arguments implements AutoCloseable {
        private static final int MOST = 9;

        private final Arena arena = Arena.ofConfined();
        private final MemorySegment stack = arena.allocate(JAVA_LONG, MOST);
        private final List<MemorySegment> handles = new ArrayList<>();
        private int count;

        void add(String name, NDArray array) {
            if (!(array instanceof PtNDArray own)) {
                throw new IllegalArgumentException(
                        "%s: must be an array of DJL's PyTorch engine".formatted(name));
            }
            SparseFormat format = own.getSparseFormat();
            if (format != SparseFormat.DENSE) {
                throw new IllegalArgumentException(
                        "%s: must be dense, not %s".formatted(name, format));
            }
            if (torch.recordsGradients() && own.hasGradient()) {
                throw new IllegalArgumentException(
                        "%s: a gradient is wanted of it, but %s's operators have no backward pass: use stopGradient()"
                                .formatted(name, Operator.NAMESPACE));
            }
            MemorySegment handle = torch.another(MemorySegment.ofAddress(own.getHandle()));
            handles.add(handle);
            add(handle.address());
        }

        void add(long slot) {
            stack.setAtIndex(JAVA_LONG, count++, slot);
        }

        NDArray call(Operator operator, NDArray like) {
            MemorySegment name = arena.allocateFrom(Operator.NAMESPACE + "::" + operator.name());
            handles.clear();
            Throwable failure = failures.of(() -> torch.dispatch(name, stack));
            if (failure == null) {
                return new PtNDArray((PtNDManager) like.getManager(), stack.get(JAVA_LONG, 0));
            }
            torch.deleteTensor(stack.get(ADDRESS, 0));
            if (failure instanceof Error error) {
                throw error;
            }
            throw failure instanceof RuntimeException e ? e : new IllegalStateException(failure);
        }

        @Override
        public void close() {
            handles.forEach(torch::deleteTensor);
            arena.close();
        }
    }
}
