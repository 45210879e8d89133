package io.step3.djl.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import io.step3.djl.torch.Fp8Weights.Checked;
import io.step3.ops.BackendLoader;
import io.step3.ops.Device;
import io.step3.ops.Stream;
import io.step3.ops.cuda.CudaDevice;
import io.step3.ops.cuda.CudaDriver;
import io.step3.ops.cuda.EmulatedDevice;
import io.step3.ops.gpu.EmulatedBackend;
import io.step3.ops.gpu.GpuBackend;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * What the CUDA key of the operators runs, on memory of the emulated device that another owner than
 * the backend has allocated, as PyTorch does. Tensors of PyTorch's on a device need its CUDA build.
 */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64") // whose PyTorch natives the tests have
class CudaKernelsTest {
    private static final Tensor.Place FIRST = new Tensor.Place(1, 0);

    private final Arena arena = Arena.ofShared();
    private TorchBench b;
    private GpuBackend backend;
    private CudaDevice owner;
    private Stream stream;
    private CudaKernels kernels;

    @BeforeEach
    void open() {
        backend = EmulatedBackend.open();
        owner = CudaDriver.open(EmulatedDevice.library()).device(0);
        stream = backend.newStream();
        kernels = new CudaKernels(backend);
        b = new TorchBench(5);
    }

    @AfterEach
    void close() {
        arena.close();
        if (b != null) {
            b.close();
            stream.close();
            backend.close();
            owner.close();
        }
    }

    private Tensor onDevice(String name, NDArray array) {
        int type =
                switch (array.getDataType()) {
                    case FLOAT32 -> Tensor.FLOAT32;
                    case INT32 -> Tensor.INT32;
                    case INT64 -> Tensor.INT64;
                    default -> Tensor.UINT8;
                };
        MemorySegment bytes = MemorySegment.ofArray(array.toByteArray());
        long address = owner.allocate(arena, bytes.byteSize()).address();
        stream.write(backend.lend(address, bytes.byteSize()), bytes);
        long[] sizes = array.getShape().getShape();
        return new Tensor(
                name, MemorySegment.NULL, sizes, Tensor.contiguous(sizes), type, FIRST, address);
    }

    private Checked onDevice(Fp8Weights w) {
        return new Checked(onDevice("codes", w.codes()), onDevice("scales", w.scales()));
    }

    private NDArray fromDevice(Tensor tensor) {
        float[] numbers = new float[(int) tensor.count()];
        stream.read(
                MemorySegment.ofArray(numbers),
                backend.lend(tensor.address(), tensor.count() * Float.BYTES));
        return b.array(numbers, tensor.sizes());
    }

    @Test
    void linearLayersAgreeWithPlainJava() {
        for (int rows : new int[] {1, 6}) {
            Fp8Weights w = b.weights(150, 140);
            NDArray x = b.floats(rows, 140);
            Tensor out = onDevice("out", b.floats(rows, 150));
            kernels.linear(out, onDevice("x", x), onDevice(w));
            TorchBench.assertClose(b.linear(x, w), fromDevice(out), rows + " rows");
        }
    }

    @Test
    void attentionAgreesWithPlainJava() {
        NDArray q = b.floats(3, 5, 32);
        NDArray keys = b.floats(90, 32);
        NDArray values = b.floats(90, 32);
        Tensor out = onDevice("out", b.floats(3, 5, 32));
        kernels.attention(
                out,
                onDevice("q", q),
                onDevice("keys", keys),
                onDevice("values", values),
                70,
                0.2f);
        TorchBench.assertClose(
                b.attention(q, keys, values, 70, 0.2f), fromDevice(out), "attention");
    }

    @Test
    void expertsAgreeWithPlainJavaAndWrongOnesAreNamed() {
        Fp8Weights gate = b.weights(4, 24, 32);
        Fp8Weights up = b.weights(4, 24, 32);
        Fp8Weights down = b.weights(4, 32, 24);
        NDArray x = b.floats(5, 32);
        NDArray ids = b.ids(5, 2, 4);
        NDArray weights = b.floats(5, 2);
        float[] expected = b.moe(x, ids, weights, gate, up, down);
        for (DataType type : new DataType[] {DataType.INT64, DataType.INT32}) {
            Tensor out = onDevice("out", b.floats(5, 32));
            experts(out, x, ids.toType(type, true), weights, gate, up, down);
            TorchBench.assertClose(expected, fromDevice(out), "ids as " + type);
        }
        Tensor out = onDevice("out", b.floats(5, 32));
        NDArray wrong = ids.add(1L << 32);
        assertEquals(
                "ids: number 0 is %d, but must be from 0 to 3".formatted(wrong.getLong(0, 0)),
                assertThrows(
                                IllegalArgumentException.class,
                                () -> experts(out, x, wrong, weights, gate, up, down))
                        .getMessage());
        experts(out, x, ids, weights, gate, up, down);
        TorchBench.assertClose(expected, fromDevice(out), "after a refusal");
    }

    private void experts(
            Tensor out,
            NDArray x,
            NDArray ids,
            NDArray weights,
            Fp8Weights gate,
            Fp8Weights up,
            Fp8Weights down) {
        kernels.experts(
                out,
                onDevice("x", x),
                onDevice("ids", ids),
                onDevice("weights", weights),
                onDevice(gate),
                onDevice(up),
                onDevice(down));
    }

    @Test
    void rowsThatDoNotBeginAtMultiplesOfFourAreRefused() {
        Tensor x = onDevice("x", b.floats(1, 10));
        Tensor out = onDevice("out", b.floats(1, 3));
        Checked w = onDevice(b.weights(3, 10));
        String said =
                assertThrows(IllegalArgumentException.class, () -> kernels.linear(out, x, w))
                        .getMessage();
        assertTrue(
                said.startsWith(
                        "on a device rows of fp8 must begin at multiples of four bytes: 10"),
                said);
    }

    @Test
    void otherDevicesThanTheFirstAreRefused() {
        Tensor second =
                new Tensor(
                        "out",
                        MemorySegment.NULL,
                        new long[] {1},
                        new long[] {1},
                        Tensor.FLOAT32,
                        new Tensor.Place(1, 1),
                        0);
        assertEquals("Step3 computes on cuda:0 only, not on cuda:1.", refusal(second).getMessage());
    }

    @Test
    void withoutADeviceTheReasonIsSaid() {
        try (Device device = BackendLoader.device()) {
            assumeTrue(device.backend().isEmpty(), "this machine has a device");
            assertEquals(
                    "Step3 has no kernels for tensors on a CUDA device here: "
                            + device.reason().orElseThrow(),
                    refusal(onDevice("out", b.floats(1, 3))).getMessage());
        }
    }

    private UnsupportedOperationException refusal(Tensor out) {
        FirstDevice first = new FirstDevice();
        return assertThrows(
                UnsupportedOperationException.class,
                () -> first.linear(out, out, new Checked(out, out)));
    }
}
