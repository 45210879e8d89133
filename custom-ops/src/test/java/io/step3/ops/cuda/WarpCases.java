package io.step3.ops.cuda;

import io.step3.ops.cuda.InstructionCase.Reference;
import io.step3.ops.cuda.InstructionCase.Result;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToLongFunction;

/** What the lanes of a warp do together, and memory. */
final class WarpCases {
    private static final int LANES = 32;

    private WarpCases() {}

    private static InstructionCase of(String body, Result result, Reference reference) {
        return new InstructionCase(body, body, result, reference);
    }

    private static long[] lanes(IntToLongFunction each) {
        long[] all = new long[LANES];
        for (int l = 0; l < LANES; l++) {
            all[l] = each.applyAsLong(l);
        }
        return all;
    }

    private static boolean odd(long x) {
        return (x & 1) != 0;
    }

    private static long ballot(long[] a) {
        long all = 0;
        for (int l = 0; l < LANES; l++) {
            all |= (a[l] & 1) << l;
        }
        return all;
    }

    static List<InstructionCase> collectives() {
        return List.of(
                of(
                        "shfl.sync.bfly.b32 %r0, %r1, 5, 31, -1;",
                        Result.R, (a, b, c) -> lanes(l -> a[l ^ 5])),
                of(
                        "shfl.sync.bfly.b32 %r0|%p0, %r1, 9, 0x1807, -1;",
                        Result.P, (a, b, c) -> lanes(l -> (l ^ 9) <= (l & 24 | 7) ? 1 : 0)),
                of(
                        "shfl.sync.up.b32 %r0|%p4, %r1, 3, 0, -1;",
                        Result.R, (a, b, c) -> lanes(l -> a[l < 3 ? l : l - 3])),
                of(
                        "shfl.sync.up.b32 %r0|%p0, %r1, 3, 0, -1;",
                        Result.P, (a, b, c) -> lanes(l -> l < 3 ? 0 : 1)),
                of(
                        "shfl.sync.down.b32 %r0, %r1, 7, 31, -1;",
                        Result.R, (a, b, c) -> lanes(l -> a[l + 7 > 31 ? l : l + 7])),
                of(
                        "and.b32 %r4, %r2, 31; shfl.sync.idx.b32 %r0, %r1, %r4, 31, -1;",
                        Result.R, (a, b, c) -> lanes(l -> a[(int) (b[l] & 31)])),
                of(
                        "shfl.sync.idx.b32 %r0, %r1, 2, 0x1807, -1;",
                        Result.R, (a, b, c) -> lanes(l -> a[(l & 24) + 2])),
                of(
                        "vote.sync.any.pred %p0, %p1, -1;",
                        Result.P, (a, b, c) -> lanes(l -> ballot(a) != 0 ? 1 : 0)),
                of(
                        "vote.sync.all.pred %p0, %p1, -1;",
                        Result.P, (a, b, c) -> lanes(l -> ballot(a) == 0xffffffffL ? 1 : 0)),
                of(
                        "vote.sync.ballot.b32 %r0, !%p1, -1;",
                        Result.R, (a, b, c) -> lanes(l -> ~ballot(a))),
                of(
                        "and.b32 %r4, %r1, 3; match.any.sync.b32 %r0, %r4, -1;",
                        Result.R,
                        (a, b, c) ->
                                lanes(l -> ballot(lanes(k -> (a[k] & 3) == (a[l] & 3) ? 1 : 0)))),
                of("redux.sync.add.u32 %r0, %r1, -1;", Result.R, (a, b, c) -> same(a, Long::sum)),
                of(
                        "redux.sync.max.s32 %r0, %r1, -1;",
                        Result.R, (a, b, c) -> same(a, (x, y) -> Math.max((int) x, (int) y))),
                of(
                        "redux.sync.or.b32 %r0, %r1, -1;",
                        Result.R, (a, b, c) -> same(a, (x, y) -> x | y)),
                of("activemask.b32 %r0;", Result.R, (a, b, c) -> lanes(l -> 0xffffffffL)),
                // Lanes that part, and meet again.
                of(
                        """
                        mov.u32 %r0, 0;
                        @%p1 bra $ODD;
                        add.s32 %r0, %r2, 7;
                        bra.uni $MET;
                        $ODD:
                        mul.lo.s32 %r0, %r2, 3;
                        $MET:
                        shfl.sync.bfly.b32 %r0, %r0, 1, 31, -1;
                        """,
                        Result.R,
                        (a, b, c) ->
                                lanes(
                                        l ->
                                                odd(a[l ^ 1])
                                                        ? (int) b[l ^ 1] * 3
                                                        : (int) b[l ^ 1] + 7)),
                // As many turns as a lane's number says.
                of(
                        """
                        and.b32 %r4, %r1, 15;
                        mov.u32 %r0, 1;
                        mov.u32 %r5, 0;
                        $TURN:
                        setp.ge.u32 %p4, %r5, %r4;
                        @%p4 bra $DONE;
                        mad.lo.s32 %r0, %r0, 3, %r5;
                        add.s32 %r5, %r5, 1;
                        bra $TURN;
                        $DONE:
                        """,
                        Result.R,
                        (a, b, c) ->
                                lanes(
                                        l -> {
                                            int x = 1;
                                            for (int i = 0; i < (a[l] & 15); i++) {
                                                x = x * 3 + i;
                                            }
                                            return x;
                                        })),
                of(
                        "@%p1 mov.u32 %r2, 5; mov.u32 %r0, %r2;",
                        Result.R, (a, b, c) -> lanes(l -> odd(a[l]) ? 5 : b[l])));
    }

    private static long[] same(long[] a, java.util.function.LongBinaryOperator join) {
        long x = a[0];
        for (int l = 1; l < LANES; l++) {
            x = join.applyAsLong(x, a[l]);
        }
        long sum = x;
        return lanes(l -> sum);
    }

    private static final String OTHERS_BYTES =
            """
            st.shared.v2.b64 [%at], {%rd1, %rd2};
            bar.warp.sync -1;
            mad.lo.s32 %r4, %lane, 5, 3;
            and.b32 %r4, %r4, 31;
            shl.b32 %r4, %r4, 4;
            add.s32 %r4, %r4, %base;
            """;

    /** The 16 bytes that {@link #OTHERS_BYTES} lets a lane name: those of lane 5 l + 3. */
    private static int half(long[] a, long[] b, int lane, int i) {
        int owner = lane * 5 + 3 & 31;
        return (int) ((i < 4 ? a[owner] : b[owner]) >> 16 * (i & 3)) & 0xffff;
    }

    static List<InstructionCase> memory() {
        List<InstructionCase> all = new ArrayList<>();
        all.add(
                of(
                        "st.shared.u32 [%at], %r1; ld.shared.u32 %r0, [%at];",
                        Result.R, (a, b, c) -> a));
        all.add(
                of(
                        "st.shared.u16 [%at+2], %h1; ld.shared.s16 %r0, [%at+2];",
                        Result.R, (a, b, c) -> lanes(l -> (short) a[l])));
        all.add(
                of(
                        "st.shared.u8 [%at+3], %h1; ld.shared.u8 %h0, [%at+3];",
                        Result.H, (a, b, c) -> lanes(l -> a[l] & 0xff)));
        all.add(
                of(
                        "st.shared.u8 [%at+5], %r1; ld.shared.s8 %h0, [%at+5];",
                        Result.H, (a, b, c) -> lanes(l -> (byte) a[l])));
        all.add(
                of(
                        "st.shared.v2.u32 [%at+8], {%r1, %r2}; ld.shared.u64 %rd0, [%at+8];",
                        Result.RD, (a, b, c) -> lanes(l -> b[l] << 32 | a[l] & 0xffffffffL)));
        all.add(
                of(
                        "st.shared.v4.u32 [%at], {%r1, %r2, %r3, %lane}; ld.shared.v4.u32 {%r4, %r5, %r6, %r7}, [%at]; xor.b32 %r0, %r6, %r7;",
                        Result.R, (a, b, c) -> lanes(l -> c[l] ^ l)));
        all.add(
                of(
                        "cvt.u64.u32 %rd4, %at; cvta.shared.u64 %rd4, %rd4; st.u32 [%rd4], %r2; ld.u32 %r0, [%rd4];",
                        Result.R, (a, b, c) -> b));
        all.add(of("st.global.u32 [%rd14], %r2; ld.u32 %r0, [%rd14];", Result.R, (a, b, c) -> b));
        all.add(
                of(
                        "ld.global.nc.L1::no_allocate.L2::128B.v2.u32 {%r4, %r0}, [%rd11];",
                        Result.R, (a, b, c) -> lanes(l -> a[l] >>> 32)));
        all.add(
                of(
                        "st.local.u64 [stack+8], %rd1; ld.local.u32 %r0, [stack+12];",
                        Result.R, (a, b, c) -> lanes(l -> a[l] >>> 32)));
        all.add(
                of(
                        "mov.u64 %rd4, stack; cvta.local.u64 %rd4, %rd4; st.u64 [%rd4+16], %rd2; ld.local.u64 %rd0, [stack+16];",
                        Result.RD, (a, b, c) -> b));
        all.add(
                of(
                        "mov.u64 %rd4, table; and.b64 %rd5, %rd1, 3; shl.b64 %rd5, %rd5, 2; add.s64 %rd4, %rd4, %rd5; ld.global.u32 %r0, [%rd4];",
                        Result.R,
                        (a, b, c) -> lanes(l -> new int[] {3, 1, 4, 159}[(int) a[l] & 3])));
        all.add(
                of(
                        "st.shared.u32 [%at], %r1; atom.shared.add.u32 %r4, [%at], %r2; ld.shared.u32 %r0, [%at];",
                        Result.R, (a, b, c) -> lanes(l -> a[l] + b[l])));
        all.add(
                of(
                        "st.global.u32 [%rd14], %r1; atom.global.max.s32 %r4, [%rd14], %r2; ld.global.u32 %r0, [%rd14];",
                        Result.R, (a, b, c) -> lanes(l -> Math.max((int) a[l], (int) b[l]))));
        all.add(
                of(
                        "st.global.u32 [%rd14], %r1; atom.global.cas.b32 %r0, [%rd14], %r1, %r2;",
                        Result.R, (a, b, c) -> a));
        all.add(
                of(
                        "st.global.u32 [%rd14], %r1; atom.global.cas.b32 %r4, [%rd14], %r1, %r2; ld.global.u32 %r0, [%rd14];",
                        Result.R, (a, b, c) -> b));
        all.add(
                of(
                        "st.global.u32 [%rd14], %r1; red.global.add.u32 [%rd14], %r2; ld.global.u32 %r0, [%rd14];",
                        Result.R, (a, b, c) -> lanes(l -> a[l] + b[l])));
        all.add(
                of(
                        "st.global.u32 [%rd14], %r1; atom.global.exch.b32 %r4, [%rd14], %r2; xor.b32 %r0, %r4, %r2;",
                        Result.R, (a, b, c) -> lanes(l -> a[l] ^ b[l])));
        all.add(
                of(
                        "and.b64 %rd4, %rd11, -16; cp.async.cg.shared.global [%at], [%rd4], 16; cp.async.commit_group; cp.async.wait_group 0; ld.shared.u64 %rd0, [%at+8];",
                        Result.RD, (a, b, c) -> lanes(l -> a[l | 1])));
        all.add(
                of(
                        "cp.async.ca.shared.global [%at], [%rd12], 8; cp.async.wait_all; ld.shared.u64 %rd0, [%at];",
                        Result.RD, (a, b, c) -> b));
        all.add(
                of(
                        "selp.b32 %r4, 16, 0, %p1; and.b64 %rd4, %rd12, -16; cp.async.cg.shared.global [%at], [%rd4], 16, %r4; cp.async.commit_group; cp.async.wait_group 0; ld.shared.u64 %rd0, [%at];",
                        Result.RD, (a, b, c) -> lanes(l -> odd(a[l]) ? b[l & 30] : 0)));
        for (int m = 0; m < 4; m++) {
            int matrix = m;
            all.add(
                    of(
                            OTHERS_BYTES
                                    + "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r20, %r21, %r22, %r23}, [%r4]; mov.u32 %r0, %r2"
                                    + m
                                    + ";",
                            Result.R,
                            (a, b, c) ->
                                    lanes(
                                            l ->
                                                    half(a, b, matrix * 8 + l / 4, l % 4 * 2)
                                                            | half(
                                                                            a,
                                                                            b,
                                                                            matrix * 8 + l / 4,
                                                                            l % 4 * 2 + 1)
                                                                    << 16)));
            all.add(
                    of(
                            OTHERS_BYTES
                                    + "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%r20, %r21, %r22, %r23}, [%r4]; mov.u32 %r0, %r2"
                                    + m
                                    + ";",
                            Result.R,
                            (a, b, c) ->
                                    lanes(
                                            l ->
                                                    half(a, b, matrix * 8 + l % 4 * 2, l / 4)
                                                            | half(
                                                                            a,
                                                                            b,
                                                                            matrix * 8
                                                                                    + l % 4 * 2
                                                                                    + 1,
                                                                            l / 4)
                                                                    << 16)));
        }
        all.add(
                of(
                        OTHERS_BYTES + "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r0}, [%r4];",
                        Result.R,
                        (a, b, c) ->
                                lanes(
                                        l ->
                                                half(a, b, l / 4, l % 4 * 2)
                                                        | half(a, b, l / 4, l % 4 * 2 + 1) << 16)));
        return all;
    }

    /**
     * Products of 16 x K and K x 8, all numbers less than 2: the second highest bit of each is
     * clear. Those of bf16 are no less than 2^-7, so that no sum needs more bits than a float64
     * has.
     */
    static List<InstructionCase> products() {
        List<InstructionCase> all = new ArrayList<>();
        for (int r = 0; r < 4; r++) {
            all.add(product("m16n8k16", "f16", 16, 2, 0xbfffbfff, 0, r));
            all.add(product("m16n8k16", "bf16", 16, 2, 0xbfffbfff, 0x3c003c00, r));
            all.add(product("m16n8k8", "f16", 8, 2, 0xbfffbfff, 0, r));
            all.add(product("m16n8k32", "e4m3", 32, 4, 0xbfbfbfbf, 0, r));
        }
        return all;
    }

    /** The registers of a lane: a, then b, from the halves of the three numbers; c is small. */
    private static InstructionCase product(
            String shape, String type, int depth, int perRegister, int clear, int set, int result) {
        int aRegisters = 2 * depth / (4 * perRegister);
        int bRegisters = aRegisters / 2;
        StringBuilder body =
                new StringBuilder(
                        "mov.b64 {%r21, %r22}, %rd1; mov.b64 {%r23, %r24}, %rd2; mov.b64 {%r25, %r26}, %rd3;\n");
        for (int i = 1; i <= 6; i++) {
            body.append("and.b32 %%r2%d, %%r2%d, %d;%n".formatted(i, i, clear));
            body.append("or.b32 %%r2%d, %%r2%d, %d;%n".formatted(i, i, set));
        }
        for (int i = 0; i < 4; i++) {
            body.append(
                    "shr.s32 %%r3%d, %%r%d, 24; cvt.rn.f32.s32 %%f1%d, %%r3%d;%n"
                            .formatted(i, i % 3 + 1, i, i));
        }
        String a = aRegisters == 4 ? "{%r21, %r22, %r23, %r24}" : "{%r21, %r22}";
        String b = bRegisters == 2 ? "{%r25, %r26}" : "{%r25}";
        body.append(
                "mma.sync.aligned.%s.row.col.f32.%s.%s.f32 {%%f10, %%f11, %%f12, %%f13}, %s, %s, {%%f10, %%f11, %%f12, %%f13};%n"
                        .formatted(shape, type, type, a, b));
        body.append("mov.f32 %f0, %f1").append(result).append(";");
        return new InstructionCase(
                "mma " + shape + " " + type + ", register " + result,
                body.toString(),
                Result.NEAR,
                (x, y, z) ->
                        lanes(
                                l -> {
                                    int row = l / 4 + 8 * (result / 2);
                                    int column = l % 4 * 2 + result % 2;
                                    BigDecimal sum =
                                            new BigDecimal(
                                                    (int) new long[][] {x, y, z}[result % 3][l]
                                                            >> 24);
                                    for (int k = 0; k < depth; k++) {
                                        int block = k / (4 * perRegister);
                                        int inside = k % (4 * perRegister);
                                        int aLane = row % 8 * 4 + inside / perRegister;
                                        int bLane = column * 4 + inside / perRegister;
                                        int aRegister = row / 8 + 2 * block;
                                        int aBits =
                                                registers(x, y, z, aLane, aRegister) & clear | set;
                                        int bBits =
                                                registers(x, y, z, bLane, 4 + block) & clear | set;
                                        sum =
                                                sum.add(
                                                        number(type, aBits, inside % perRegister)
                                                                .multiply(
                                                                        number(
                                                                                type,
                                                                                bBits,
                                                                                inside
                                                                                        % perRegister)));
                                    }
                                    return InstructionCase.bits(sum.floatValue());
                                }));
    }

    private static int registers(long[] x, long[] y, long[] z, int lane, int register) {
        long pair = new long[][] {x, y, z}[register / 2][lane];
        return (int) (register % 2 == 0 ? pair : pair >>> 32);
    }

    private static BigDecimal number(String type, int bits, int part) {
        return new BigDecimal(
                switch (type) {
                    case "f16" -> Float.float16ToFloat((short) (bits >> 16 * part));
                    case "bf16" -> Float.intBitsToFloat(bits >> 16 * part << 16);
                    default -> {
                        int code = bits >> 8 * part & 0xff;
                        int e = code >> 3 & 15;
                        double x =
                                e == 0
                                        ? (code & 7) * 0x1p-9
                                        : (8 + (code & 7)) * Math.pow(2, e - 10);
                        yield code >= 0x80 ? -x : x;
                    }
                });
    }
}
