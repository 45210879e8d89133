package io.step3.ops.cuda;

import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/**
 * An instruction, or a few, and what they must give. Before the body three numbers of 64 bits a
 * lane, a, b and c, lie in %rd1 to %rd3, their lower halves in %r1 to %r3 and as float32 in %f1 to
 * %f3, all their bits as float64 in %d1 to %d3, their lowest 16 in %h1 to %h3, and their lowest bit
 * in %p1 to %p3. %lane is the lane, %at a place of 16 bytes in shared memory for each thread and
 * %base their beginning. The body leaves its result in the register that {@code result} names.
 */
record InstructionCase(String name, String body, Result result, Reference reference) {

    /** Where the result is, and how close it must be. */
    enum Result {
        R("%r0"),
        RD("%rd0"),
        H("%h0"),
        P("%p0"),
        F("%f0"),
        D("%d0"),
        /** A float32 within 2^-21 of its size, as far as the approximations go. */
        NEAR("%f0");

        final String register;

        Result(String register) {
            this.register = register;
        }
    }

    /** The second implementation: the results of 32 lanes, in the lower bits. */
    interface Reference {
        long[] of(long[] a, long[] b, long[] c);
    }

    /** Of one lane's three numbers. */
    interface Three {
        long of(long a, long b, long c);
    }

    static InstructionCase of(String body, Result result, Three each) {
        return new InstructionCase(
                body,
                body,
                result,
                (a, b, c) -> {
                    long[] out = new long[a.length];
                    for (int l = 0; l < out.length; l++) {
                        out[l] = each.of(a[l], b[l], c[l]);
                    }
                    return out;
                });
    }

    static InstructionCase of(String body, Result result, LongUnaryOperator each) {
        return of(body, result, (a, b, c) -> each.applyAsLong(a));
    }

    static InstructionCase of(String body, Result result, LongBinaryOperator each) {
        return of(body, result, (a, b, c) -> each.applyAsLong(a, b));
    }

    /** Of float32. */
    interface Floats {
        float of(float a, float b, float c);
    }

    static InstructionCase floats(String body, Floats each) {
        return of(body, Result.F, (a, b, c) -> bits(each.of(f(a), f(b), f(c))));
    }

    /** Of float32 by way of float64, near enough. */
    interface Near {
        double of(double a);
    }

    static InstructionCase near(String body, Near each) {
        return of(body, Result.NEAR, (a, b, c) -> bits((float) each.of(f(a))));
    }

    /** Of float64. */
    interface Doubles {
        double of(double a, double b, double c);
    }

    static InstructionCase doubles(String body, Doubles each) {
        return of(
                body, Result.D, (a, b, c) -> Double.doubleToRawLongBits(each.of(d(a), d(b), d(c))));
    }

    /** Whether only sm_89 and newer know it. */
    boolean isOfFp8() {
        return body.contains("e4m3") || body.contains("e5m2");
    }

    static float f(long bits) {
        return Float.intBitsToFloat((int) bits);
    }

    static double d(long bits) {
        return Double.longBitsToDouble(bits);
    }

    static long bits(float x) {
        return Float.floatToRawIntBits(x) & 0xffffffffL;
    }

    /** The kernel that computes it. */
    String ptx(int number) {
        String store =
                switch (result) {
                    case R -> "cvt.u64.u32 %rd9, %r0;";
                    case RD -> "mov.b64 %rd9, %rd0;";
                    case H -> "cvt.u64.u16 %rd9, %h0;";
                    case P -> "selp.b64 %rd9, 1, 0, %p0;";
                    case F, NEAR -> "mov.b32 %r9, %f0; cvt.u64.u32 %rd9, %r9;";
                    case D -> "mov.b64 %rd9, %d0;";
                };
        return """
        .visible .entry case_%d(.param .align 8 .b8 case_param[32])
        {
            .reg .pred %%p<10>;
            .reg .b16 %%h<10>;
            .reg .b32 %%r<40>, %%lane, %%at, %%base;
            .reg .f32 %%f<20>;
            .reg .f64 %%d<10>;
            .reg .b64 %%rd<20>;
            mov.u32 %%lane, %%laneid;
            mov.u32 %%r10, %%ctaid.x;
            shl.b32 %%r11, %%r10, 5;
            add.s32 %%r11, %%r11, %%lane;
            mul.wide.u32 %%rd10, %%r11, 8;
            ld.param.u64 %%rd11, [case_param];
            ld.param.u64 %%rd12, [case_param+8];
            ld.param.u64 %%rd13, [case_param+16];
            ld.param.u64 %%rd14, [case_param+24];
            add.s64 %%rd11, %%rd11, %%rd10;
            add.s64 %%rd12, %%rd12, %%rd10;
            add.s64 %%rd13, %%rd13, %%rd10;
            add.s64 %%rd14, %%rd14, %%rd10;
            ld.global.u64 %%rd1, [%%rd11];
            ld.global.u64 %%rd2, [%%rd12];
            ld.global.u64 %%rd3, [%%rd13];
            cvt.u32.u64 %%r1, %%rd1;
            cvt.u32.u64 %%r2, %%rd2;
            cvt.u32.u64 %%r3, %%rd3;
            mov.b32 %%f1, %%r1;
            mov.b32 %%f2, %%r2;
            mov.b32 %%f3, %%r3;
            mov.b64 %%d1, %%rd1;
            mov.b64 %%d2, %%rd2;
            mov.b64 %%d3, %%rd3;
            cvt.u16.u32 %%h1, %%r1;
            cvt.u16.u32 %%h2, %%r2;
            cvt.u16.u32 %%h3, %%r3;
            and.b32 %%r12, %%r1, 1;
            setp.ne.u32 %%p1, %%r12, 0;
            and.b32 %%r12, %%r2, 1;
            setp.ne.u32 %%p2, %%r12, 0;
            and.b32 %%r12, %%r3, 1;
            setp.ne.u32 %%p3, %%r12, 0;
            mov.u32 %%base, scratch;
            shl.b32 %%at, %%lane, 4;
            add.s32 %%at, %%at, %%base;
            %s
            %s
            st.global.u64 [%%rd14], %%rd9;
            ret;
        }
        """
                .formatted(number, body, store);
    }
}
