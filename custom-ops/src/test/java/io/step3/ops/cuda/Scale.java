package io.step3.ops.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A kernel that multiplies numbers in place, loaded on a device, with memory and a stream. */
final class Scale {
    static final String PTX =
            """
            .version 8.0
            .target sm_80
            .address_size 64
            .visible .entry scale(.param .align 8 .b8 scale_param_0[16])
            {
                .reg .pred %p<2>;
                .reg .f32 %f<4>;
                .reg .b32 %r<5>;
                .reg .b64 %rd<4>;
                ld.param.u32 %r1, [scale_param_0+8];
                ld.param.f32 %f1, [scale_param_0+12];
                ld.param.u64 %rd1, [scale_param_0];
                mov.u32 %r2, %ctaid.x;
                mov.u32 %r3, %tid.x;
                mad.lo.s32 %r4, %r2, 64, %r3;
                setp.ge.s32 %p1, %r4, %r1;
                @%p1 bra $L_end;
                mul.wide.s32 %rd2, %r4, 4;
                add.s64 %rd3, %rd1, %rd2;
                ld.global.f32 %f2, [%rd3];
                mul.f32 %f3, %f2, %f1;
                st.global.f32 [%rd3], %f3;
            $L_end:
                ret;
            }
            """;

    final CudaStream stream;
    final CudaKernel kernel;
    final DeviceMemory memory;
    final PinnedMemory staged;
    private final int count;
    private final MemorySegment arguments;

    Scale(CudaDevice device, Arena arena, int count) {
        this.count = count;
        stream = device.stream(arena);
        kernel = device.load(arena, arena.allocateFrom(PTX)).kernel("scale", 64, 0, 16);
        memory = device.allocate(arena, count * 4L);
        staged = device.pinned(arena, count * 4L);
        arguments = arena.allocate(16, 8);
    }

    /** Numbers from 1 on. */
    void upload() {
        for (int i = 0; i < count; i++) {
            staged.segment().setAtIndex(JAVA_FLOAT, i, i + 1);
        }
        stream.upload(memory, 0, staged, 0, count * 4L);
    }

    void by(float factor) {
        by(factor, memory.address());
    }

    void by(float factor, long address) {
        arguments.set(JAVA_LONG, 0, address);
        arguments.set(JAVA_INT, 8, count);
        arguments.set(JAVA_FLOAT, 12, factor);
        kernel.launch(stream, Math.ceilDiv(count, 64), 1, 1, arguments);
    }

    void download() {
        stream.download(staged, 0, memory, 0, count * 4L);
    }

    /** A number that was downloaded. */
    float get(int i) {
        return staged.segment().getAtIndex(JAVA_FLOAT, i);
    }
}
