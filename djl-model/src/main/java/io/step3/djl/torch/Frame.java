package io.step3.djl.torch;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One call of an operator: its arguments, which are the callee's to delete, and its result. A slot
 * of the stack holds a handle, an integer, or the bits of a double.
 */
final class Frame {
    private final LibTorch torch;
    private final MemorySegment stack;

    /** Handles to delete when the call is over. */
    private final List<MemorySegment> owned = new ArrayList<>();

    private @Nullable Tensor result;

    /**
     * Takes the arguments over.
     *
     * @param stack as long as the arguments or the results
     * @param tensors so many of the arguments, the first ones, are tensors
     */
    Frame(LibTorch torch, MemorySegment stack, int tensors) {
        this.torch = torch;
        this.stack = stack;
        for (int i = 0; i < tensors; i++) {
            owned.add(MemorySegment.ofAddress(stack.getAtIndex(JAVA_LONG, i)));
        }
    }

    Tensor tensor(int index, String name) {
        return Tensor.of(torch, name, owned.get(index));
    }

    long integer(int index) {
        return stack.getAtIndex(JAVA_LONG, index);
    }

    double number(int index) {
        return Double.longBitsToDouble(stack.getAtIndex(JAVA_LONG, index));
    }

    /** The tensor itself if its numbers lie one behind another, else a copy where they do. */
    Tensor contiguous(Tensor tensor) {
        if (tensor.isContiguous()) {
            return tensor;
        }
        MemorySegment handle = empty(tensor.sizes(), tensor);
        owned.add(handle);
        torch.copy(handle, tensor.handle());
        return Tensor.of(torch, tensor.name(), handle);
    }

    /** Makes the result, float32 on the device of a tensor that is float32 too. */
    Tensor result(long[] sizes, Tensor like) {
        result = Tensor.of(torch, "the result", empty(sizes, like));
        return result;
    }

    private MemorySegment empty(long[] sizes, Tensor like) {
        return torch.empty(sizes, Tensor.contiguous(sizes), like.type(), like.place());
    }

    /** Ends the call with its result. */
    void succeed() {
        if (result == null) {
            throw new AssertionError("an operator made no result");
        }
        end(result.handle());
    }

    /**
     * Ends a call that failed, with NaN in place of every number of the result.
     *
     * @param nan a single one, to be the result where its shape was not even known
     */
    void fail(MemorySegment nan) {
        MemorySegment handle = torch.another(nan);
        if (result != null) {
            owned.add(handle);
            torch.copy(result.handle(), handle);
            handle = result.handle();
        }
        end(handle);
    }

    private void end(MemorySegment handle) {
        stack.setAtIndex(JAVA_LONG, 0, handle.address());
        while (!owned.isEmpty()) {
            torch.deleteTensor(owned.removeLast());
        }
    }
}
