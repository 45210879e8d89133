package io.step3.ops.gpu;

import io.step3.ops.Arguments;
import io.step3.ops.Buffer;
import io.step3.ops.KeyValues;
import io.step3.ops.Matrix;
import org.jspecify.annotations.Nullable;

/** What a device's streams check. The numbers in its memory are for the kernels to check. */
final class GpuArguments extends Arguments {
    private final GpuBackend backend;

    GpuArguments(GpuBackend backend) {
        this.backend = backend;
    }

    GpuBuffer buffer(String name, Buffer buffer) {
        if (buffer instanceof GpuBuffer own && own.backend() == backend) {
            return own;
        }
        throw foreign(name);
    }

    /** Where four-byte numbers begin. */
    long numbers(String name, Buffer buffer) {
        long address = address(name, buffer);
        if (address % Float.BYTES != 0) {
            throw new IllegalArgumentException(
                    name + ": must begin at a multiple of four bytes on a device");
        }
        return address;
    }

    GpuMatrix matrix(String name, Matrix matrix) {
        if (matrix instanceof GpuMatrix own && own.backend() == backend) {
            return own;
        }
        throw foreign(name);
    }

    GpuKeyValues cache(KeyValues cache) {
        if (cache instanceof GpuKeyValues own && own.backend() == backend) {
            return own;
        }
        throw new IllegalArgumentException("a cache of another backend");
    }

    @Override
    protected long address(String name, Buffer buffer) {
        return buffer(name, buffer).memory().address();
    }

    @Override
    protected void own(String name, @Nullable Matrix matrix) {
        if (matrix != null) {
            matrix(name, matrix);
        }
    }

    @Override
    protected void own(KeyValues cache) {
        cache(cache);
    }

    private static IllegalArgumentException foreign(String name) {
        return new IllegalArgumentException(name + ": belongs to another backend");
    }
}
