package io.step3.djl.torch;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * An operator on one kind of device, as libtorch calls it.
 *
 * @param nan a tensor that is one NaN
 */
record Kernel(
        LibTorch torch,
        Operator operator,
        DeviceKernels kernels,
        Failures failures,
        ForeignThreads threads,
        MemorySegment nan) {

    private static final MethodHandle CALL = call();

    private static MethodHandle call() {
        try {
            return MethodHandles.lookup()
                    .findVirtual(
                            Kernel.class,
                            "call",
                            MethodType.methodType(
                                    void.class, MemorySegment.class, long.class, long.class));
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** A function that libtorch may call as long as the process lives. */
    MemorySegment stub() {
        return Linker.nativeLinker().upcallStub(CALL.bindTo(this), LibTorch.KERNEL, Arena.global());
    }

    /** Nothing may be thrown out of here: it would end the process. */
    private void call(MemorySegment memory, long arguments, long results) {
        MemorySegment stack = memory.reinterpret(Math.max(arguments, results) * Long.BYTES);
        try {
            compute(stack);
        } catch (Throwable e) { // also when no memory is left to say what went wrong
            torch.another(nan, stack);
        }
    }

    private void compute(MemorySegment stack) {
        Frame frame = new Frame(torch, stack, operator.tensors());
        try {
            threads.look(Kernel.class);
            operator.run(frame, kernels);
            frame.succeed();
        } catch (Throwable e) {
            failures.keep(operator, e);
            frame.fail(nan);
        }
    }
}
