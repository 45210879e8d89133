package io.step3.ops.cuda;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a kernel must not do, and a device of silicon would do in silence, is an error of the
 * emulated device that names the kernel, the line and the thread.
 */
class ErrorsTest {
    private static final int LINE_OF_BODY = 21;

    /** A body for 64 threads, and what is to be said of it; the line is that of the body. */
    record Wrong(String body, int line, String said) {
        @Override
        public String toString() {
            return said;
        }
    }

    /**
     * %rd1 is the address of 1024 bytes of which the first 512 are written, %r1 the thread, %at a
     * place of 16 bytes for each thread in shared memory, %p1 says that the thread is an odd one,
     * %p2 that it is one of the second warp.
     */
    private static String ptx(String body) {
        return """
        .version 8.0
        .target sm_80
        .address_size 64
        .extern .shared .align 16 .b8 shared[];
        .visible .entry wrong(.param .u64 wrong_param)
        {
        .local .align 8 .b8 stack[16];
        .reg .pred %%p<5>;
        .reg .b32 %%r<10>, %%at;
        .reg .b64 %%rd<10>;
        ld.param.u64 %%rd1, [wrong_param];
        mov.u32 %%r1, %%tid.x;
        mov.u32 %%r2, shared;
        shl.b32 %%at, %%r1, 4;
        add.s32 %%at, %%at, %%r2;
        and.b32 %%r3, %%r1, 1;
        setp.ne.u32 %%p1, %%r3, 0;
        setp.ge.u32 %%p2, %%r1, 32;
        mul.wide.u32 %%rd2, %%r1, 8;
        add.s64 %%rd3, %%rd1, %%rd2;
        %s
        ret;
        }
        """
                .formatted(body);
    }

    static List<Wrong> wrongs() {
        return List.of(
                new Wrong(
                        "ld.global.u32 %r4, [%rd1+1024];",
                        0,
                        "a read of 4 bytes outside all device memory: byte 1024 of an allocation of 1024"),
                new Wrong(
                        "st.global.u64 [%rd3+1000], %rd1;",
                        0, "a write of 8 bytes outside all device memory"),
                new Wrong("ld.global.u32 %r4, [%rd1+-4];", 0, "outside all device memory"),
                new Wrong(
                        "ld.global.u32 %r4, [%rd1+2];",
                        0, "4 bytes to device memory that is not aligned"),
                new Wrong(
                        "ld.global.u64 %rd4, [%rd3+8];",
                        0, "a read of 8 bytes of device memory that nobody has written: byte 512"),
                new Wrong("atom.global.add.u32 %r4, [%rd1+600], 1;", 0, "that nobody has written"),
                new Wrong(
                        "ld.shared.u32 %r4, [%at];",
                        0, "a read of shared memory that nobody has written"),
                new Wrong("st.shared.u32 [%at+1024], %r1;", 0, "outside the block's 1024 bytes"),
                new Wrong(
                        "st.shared.u32 [%at+2], %r1;",
                        0, "to shared memory at 2, which is not aligned"),
                new Wrong(
                        "st.shared.u32 [shared], %r1;",
                        0, "a race: thread 0 of the same warp writes this shared memory too"),
                new Wrong(
                        "and.b32 %r4, %r1, 31;\nshl.b32 %r4, %r4, 2;\nst.shared.u32 [%r4], %r1;",
                        2, "a race: thread 0 writes this shared memory too"),
                new Wrong(
                        "st.shared.u32 [%at], %r1;\nxor.b32 %r4, %at, 512;\nbar.warp.sync -1;\nld.shared.u32 %r5, [%r4];",
                        3, "a read of shared memory that nobody has written"),
                new Wrong(
                        "st.shared.u32 [%at], %r1;\nbar.sync 0;\nst.shared.u32 [%at], %r1;\nxor.b32 %r4, %at, 512;\nld.shared.u32 %r5, [%r4];",
                        2,
                        "a race: another warp has read this shared memory since the last barrier"),
                new Wrong(
                        "st.shared.u32 [%at], %r1;\nxor.b32 %r4, %at, 16;\nld.shared.u32 %r5, [%r4];",
                        2,
                        "of the same warp has written this shared memory, and they have not synchronised"),
                new Wrong(
                        "st.shared.u32 [%at], %r1;\nxor.b32 %r4, %at, 16;\nshfl.sync.bfly.b32 %r6, %r1, 1, 31, -1;\nld.shared.u32 %r5, [%r4];",
                        3, "and they have not synchronised"),
                new Wrong(
                        "st.shared.u32 [%at], %r1;\nbar.sync 0;\nxor.b32 %r4, %at, 16;\nld.shared.u32 %r5, [%r4];\nst.shared.u32 [%at], %r1;",
                        4, "another lane of the warp has read this shared memory"),
                new Wrong(
                        "st.shared.v4.u32 [%at], {%r1, %r1, %r1, %r1};\nxor.b32 %r4, %at, 16;\nldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r4, %r5, %r6, %r7}, [%at];",
                        2, "and they have not synchronised"),
                new Wrong(
                        "add.s32 %r4, %at, 8;\nldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r4, %r5, %r6, %r7}, [%r4];",
                        1, "ldmatrix from an address that is not aligned"),
                new Wrong(
                        "@%p2 ret;\nbar.sync 0;",
                        1, "a barrier that warp 1, which has ended, never reaches"),
                new Wrong(
                        "@%p1 ret;\nbar.sync 0;",
                        1, "a barrier that lanes which have ended never reach"),
                new Wrong(
                        "@%p1 bra $ODD;\nbar.sync 0;\nbra $END;\n$ODD:\nbar.sync 0;\n$END:",
                        1, "for others that never come"),
                new Wrong(
                        "@%p2 bra $ODD;\nbar.sync 0;\nbra $END;\n$ODD:\nbar.sync 1;\n$END:",
                        4, "warps wait at different barriers"),
                new Wrong(
                        "@!%p1 shfl.sync.bfly.b32 %r4, %r1, 1, 31, -1;",
                        0, "for others that never come"),
                new Wrong(
                        "@!%p1 shfl.sync.bfly.b32 %r4, %r1, 1, 31, 0x55555555;",
                        0, "a shuffle from lane 1, which takes no part"),
                new Wrong(
                        "shfl.sync.bfly.b32 %r4, %r1, 1, 31, 0x7fffffff;",
                        0, "a collective that does not name it"),
                new Wrong(
                        "selp.b32 %r4, -1, 0x55555555, %p1;\nshfl.sync.bfly.b32 %r4, %r1, 1, 31, %r4;",
                        1, "name different lanes for one collective"),
                new Wrong(
                        "@%p1 ret;\nldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r4}, [%at];",
                        1,
                        "a collective of the whole warp that lanes which have ended never reach"),
                new Wrong(
                        "cp.async.ca.shared.global [%at], [%rd1], 4;\ncp.async.commit_group;",
                        2,
                        "a lane ends with a copy that nobody has waited for, begun at PTX line "
                                + LINE_OF_BODY),
                new Wrong(
                        "cp.async.ca.shared.global [%at], [%rd1], 4;\ncp.async.commit_group;\nld.shared.u32 %r4, [%at];",
                        2, "a read of shared memory that a copy is still on its way to"),
                new Wrong(
                        "cp.async.ca.shared.global [%at], [%rd1], 4;\ncp.async.commit_group;\ncp.async.wait_group 1;\nld.shared.u32 %r4, [%at];",
                        3, "that a copy is still on its way to"),
                new Wrong(
                        "cp.async.ca.shared.global [%at], [%rd1], 4;\nst.shared.u32 [%at], %r1;",
                        1, "a write to shared memory that a copy is still on its way to"),
                new Wrong(
                        "cp.async.ca.shared.global [%at], [%rd1], 4;\ncp.async.wait_all;\nxor.b32 %r4, %at, 16;\nld.shared.u32 %r5, [%r4];",
                        3, "and they have not synchronised"),
                new Wrong(
                        "cp.async.ca.shared.global [%at], [%rd1+1024], 4;",
                        0, "a read of 4 bytes outside all device memory"),
                new Wrong(
                        "cp.async.ca.shared.global [%at], [%rd1], 4, 8;",
                        0, "cp.async of 4 bytes, and 8 of them valid"),
                new Wrong(
                        "st.local.u32 [stack+16], %r1;",
                        0, "outside the lane's 16 bytes of local memory"),
                new Wrong(
                        "ld.param.u32 %r4, [wrong_param+8];",
                        0, "a read outside the kernel's arguments"),
                new Wrong(
                        "st.global.u32 [%rd1], %r1;",
                        0,
                        "a race: thread 0 of the same block writes this device memory too, with no barrier between"),
                new Wrong(
                        "st.global.u32 [%rd3], %r1;\nxor.b32 %r4, %r1, 32;\nmul.wide.u32 %rd4, %r4, 8;\nadd.s64 %rd4, %rd4, %rd1;\nld.global.u32 %r5, [%rd4];",
                        4, "of the same block writes what is read here, with no barrier between"),
                new Wrong("trap;", 0, "trap: the kernel has stopped itself"));
    }

    private final EmulatedDevice emulated = EmulatedDevice.fresh();

    /** Launches a kernel of 64 threads on memory as described above, and waits for it. */
    private void run(String ptx) {
        run(ptx, 1);
    }

    private void run(String ptx, int blocks) {
        try (Arena arena = Arena.ofConfined();
                CudaDevice device = CudaDriver.open(EmulatedDevice.library()).device(0)) {
            CudaStream stream = device.stream(arena);
            CudaKernel kernel =
                    device.load(arena, arena.allocateFrom(ptx)).kernel("wrong", 64, 1024, 8);
            DeviceMemory memory = device.allocate(arena, 1024);
            stream.fill(memory, 0, 512, (byte) 1);
            MemorySegment arguments = arena.allocate(JAVA_LONG);
            arguments.set(JAVA_LONG, 0, memory.address());
            kernel.launch(stream, blocks, 1, 1, arguments);
            stream.await();
        }
    }

    @ParameterizedTest
    @MethodSource("wrongs")
    void isReported(Wrong wrong) {
        CudaException e = assertThrows(CudaException.class, () -> run(ptx(wrong.body)));
        assertTrue(e.isLost(), e::getMessage);
        String error = emulated.error();
        assertTrue(error.startsWith("wrong: "), error);
        assertTrue(error.contains(wrong.said), error);
        assertTrue(
                error.contains(", PTX line " + (LINE_OF_BODY + wrong.line) + " (block 0,0,0"),
                error);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ascending", "descending", "random"})
    void isReportedInEveryOrder(String order) {
        for (Wrong wrong : wrongs()) {
            emulated.reset();
            emulated.set("QUIET", 1)
                    .set("ORDER", order)
                    .set("PREEMPT", 0.5)
                    .set("COPIES", "random");
            assertThrows(CudaException.class, () -> run(ptx(wrong.body)), wrong::body);
        }
    }

    @Test
    void whatIsRightIsNotReported() {
        run(
                ptx(
                        """
                        st.shared.u16 [%at], 7;
                        st.shared.u16 [%at+2], 7;
                        xor.b32 %r4, %at, 512;
                        bar.sync 0;
                        ld.shared.u32 %r5, [%r4];
                        bar.sync 0;
                        @%p2 bra $SECOND;
                        cp.async.ca.shared.global [%r4], [%rd1], 4;
                        $SECOND:
                        cp.async.commit_group;
                        cp.async.wait_group 0;
                        bar.sync 0;
                        @!%p2 ld.shared.u32 %r5, [%r4];
                        @%p2 ld.shared.u32 %r5, [%at];
                        """));
        assertEquals("", emulated.error());
    }

    /**
     * Blocks meet at the end of a launch only, whatever one may have written before the other
     * reads.
     */
    @Test
    void blocksDoNotMeetInDeviceMemory() {
        String own =
                """
                mov.u32 %r4, %ctaid.x;
                mul.wide.u32 %rd4, %r4, 256;
                add.s64 %rd4, %rd4, %rd1;
                mul.wide.u32 %rd5, %r1, 4;
                add.s64 %rd5, %rd5, %rd4;
                st.global.u32 [%rd5], %r1;
                """;
        run(ptx(own), 2);
        assertEquals("", emulated.error());
        assertThrows(CudaException.class, () -> run(ptx(own.replace("256", "252")), 2));
        assertTrue(emulated.error().contains("writes this device memory too"), emulated.error());
        emulated.reset();
        emulated.set("QUIET", 1).set("WORKERS", 1);
        String others = own + "bar.sync 0;\nld.global.u32 %r5, [%rd1];\n";
        assertThrows(CudaException.class, () -> run(ptx(others), 2));
        assertTrue(
                emulated.error()
                        .contains("a race: block 0 writes what is read here (byte 0 of 1024)"),
                emulated.error());
    }

    /** Parts of a word that are different lanes' are no race, and the same part is one. */
    @Test
    void lanesMayShareAWordButNoByte() {
        String bytes = "shr.u32 %%r4, %%at, 4;\n%s\nst.shared.u8 [%%r4], %%r1;";
        run(ptx(bytes.formatted("")));
        assertThrows(CudaException.class, () -> run(ptx(bytes.formatted("shr.u32 %r4, %r4, 1;"))));
        assertTrue(emulated.error().contains("writes this shared memory too"), emulated.error());
    }

    @Test
    void unknownInstructionsAreNamed() {
        CudaException e =
                assertThrows(CudaException.class, () -> run(ptx("wgmma.fence.sync.aligned;")));
        assertTrue(
                e.getMessage()
                        .contains(
                                "PTX line 21: wgmma.fence.sync.aligned: an instruction that the emulated device does not know, in wrong"),
                e::getMessage);
        e = assertThrows(CudaException.class, () -> run(ptx("add.s32 %r1, %r2, %rd1;")));
        assertTrue(
                e.getMessage().contains("a register of 64 bits where 32 are wanted: %rd1"),
                e::getMessage);
        e = assertThrows(CudaException.class, () -> run(ptx("bra $NOWHERE;")));
        assertTrue(e.getMessage().contains("no label $NOWHERE"), e::getMessage);
        e = assertThrows(CudaException.class, () -> run(ptx("mov.u32 %r1, %clock;")));
        assertTrue(e.getMessage().contains("unknown special register %clock"), e::getMessage);
    }

    @Test
    void aDeviceTakesNoKernelsForALaterOne() {
        emulated.set("SM", 75);
        CudaException e = assertThrows(CudaException.class, () -> run(ptx("")));
        assertEquals("CUDA_ERROR_NO_BINARY_FOR_GPU", e.name());
    }

    @ParameterizedTest
    @ValueSource(ints = {80, 86, 89, 90, 100, 120})
    void sharedMemoryIsThatOfTheArchitecture(int sm) {
        emulated.set("SM", sm);
        int kilobytes = sm == 80 ? 163 : sm == 90 || sm == 100 ? 227 : 99;
        try (Arena arena = Arena.ofConfined();
                CudaDevice device = CudaDriver.open(EmulatedDevice.library()).device(0)) {
            assertEquals(sm, device.architecture());
            assertEquals(kilobytes * 1024, device.sharedLimit());
            CudaModule module = device.load(arena, arena.allocateFrom(ptx("")));
            module.kernel("wrong", 64, kilobytes * 1024, 8);
            assertThrows(
                    RuntimeException.class,
                    () -> module.kernel("wrong", 64, kilobytes * 1024 + 16, 8));
        }
    }

    /** Memory that was freed is nobody's again, and no later allocation hides that. */
    @Test
    void memoryThatWasFreedIsNotTouched() {
        try (Arena arena = Arena.ofConfined();
                CudaDevice device = CudaDriver.open(EmulatedDevice.library()).device(0)) {
            CudaStream stream = device.stream(arena);
            CudaKernel kernel =
                    device.load(arena, arena.allocateFrom(ptx("ld.global.u32 %r4, [%rd1];")))
                            .kernel("wrong", 64, 0, 8);
            MemorySegment arguments = arena.allocate(JAVA_LONG);
            try (Arena inner = Arena.ofConfined()) {
                arguments.set(JAVA_LONG, 0, device.allocate(inner, 1024).address());
            }
            device.allocate(arena, 1024);
            kernel.launch(stream, 1, 1, 1, arguments);
            assertThrows(CudaException.class, stream::await);
            assertTrue(
                    emulated.error().contains("byte 0 of 1024 that were freed"), emulated.error());
        }
    }

    /** Where reading what nobody wrote is no error, it gives NaN. */
    @Test
    void memoryThatNobodyWroteIsNaN() {
        emulated.set("UNWRITTEN", "nan");
        run(
                ptx(
                        """
                        ld.global.u32 %r4, [%rd1+1020];
                        setp.eq.u32 %p3, %r4, -1;
                        @!%p3 trap;
                        """));
    }

    /** Two runs of one seed are the same, to the bit and to the error. */
    @Test
    void aSeedDecidesTheOrder() {
        String races = "st.shared.u32 [shared], %r1;";
        String first = null;
        for (int i = 0; i < 3; i++) {
            emulated.reset();
            emulated.set("QUIET", 1).set("ORDER", "random").set("SEED", 7);
            assertThrows(CudaException.class, () -> run(ptx(races)));
            first = first == null ? emulated.error() : first;
            assertEquals(first, emulated.error());
        }
    }
}
