package io.step3.ops.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** The emulated device runs a kernel that was given to it as PTX. */
class EmulatedDeviceTest {
    private static final String SCALE =
            """
            .version 8.0
            .target sm_80
            .address_size 64
            .visible .entry scale(.param .align 8 .b8 scale_param_0[16])
            .maxntid 64, 1, 1
            {
                .reg .pred %p<2>;
                .reg .f32 %f<3>;
                .reg .b32 %r<5>;
                .reg .b64 %rd<4>;
                ld.param.u32 %r1, [scale_param_0+8];
                ld.param.f32 %f1, [scale_param_0+12];
                mov.u32 %r2, %ctaid.x;
                mov.u32 %r3, %tid.x;
                mad.lo.s32 %r4, %r2, 64, %r3;
                setp.ge.s32 %p1, %r4, %r1;
                @%p1 bra $L_end;
                ld.param.u64 %rd1, [scale_param_0];
                mul.wide.s32 %rd2, %r4, 4;
                add.s64 %rd3, %rd1, %rd2;
                ld.global.f32 %f2, [%rd3];
                mul.f32 %f2, %f2, %f1;
                st.global.f32 [%rd3], %f2;
            $L_end:
                ret;
            }
            """;

    @Test
    void runsAKernelAndCountsWhatItMoves() {
        EmulatedDevice emulated = EmulatedDevice.fresh();
        int n = 1000;
        try (Arena arena = Arena.ofConfined();
                CudaDevice device = CudaDriver.open(EmulatedDevice.library()).device(0)) {
            CudaStream stream = device.stream(arena);
            CudaModule module = device.load(arena, arena.allocateFrom(SCALE));
            CudaKernel kernel = module.kernel("scale", 64, 0, 16);
            DeviceMemory x = device.allocate(arena, n * 4L);
            PinnedMemory staged = device.pinned(arena, n * 4L);
            for (int i = 0; i < n; i++) {
                staged.segment().setAtIndex(JAVA_FLOAT, i, i);
            }
            MemorySegment arguments = arena.allocate(16, 8);
            arguments.set(JAVA_LONG, 0, x.address());
            arguments.set(JAVA_INT, 8, n);
            arguments.set(JAVA_FLOAT, 12, 1.5f);
            stream.upload(x, 0, staged, 0, n * 4L);
            kernel.launch(stream, (n + 63) / 64, 1, 1, arguments);
            stream.download(staged, 0, x, 0, n * 4L);
            stream.await();
            for (int i = 0; i < n; i++) {
                assertEquals(1.5f * i, staged.segment().getAtIndex(JAVA_FLOAT, i));
            }
        }
        assertEquals("", emulated.error());
        assertEquals(1, emulated.count("launches"));
        assertEquals(16, emulated.count("scale", "blocks"));
        assertEquals(4000, emulated.count("scale", "read_bytes"));
        assertEquals(125, emulated.count("scale", "written_sectors"));
        assertEquals(0, emulated.live("allocations"));
    }
}
