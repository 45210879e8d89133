package io.step3.ops.cuda;

import static io.step3.ops.cuda.InstructionCase.bits;
import static io.step3.ops.cuda.InstructionCase.doubles;
import static io.step3.ops.cuda.InstructionCase.f;
import static io.step3.ops.cuda.InstructionCase.floats;
import static io.step3.ops.cuda.InstructionCase.near;
import static io.step3.ops.cuda.InstructionCase.of;

import io.step3.ops.cuda.InstructionCase.Result;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/** What one lane's instructions must give, by Java's own arithmetic. */
final class InstructionCases {
    private InstructionCases() {}

    private static final Result R = Result.R;
    private static final Result RD = Result.RD;
    private static final Result H = Result.H;
    private static final Result P = Result.P;

    static List<InstructionCase> integers() {
        return List.of(
                of("add.s32 %r0, %r1, %r2;", R, (a, b) -> (int) a + (int) b),
                of("add.s64 %rd0, %rd1, %rd2;", RD, (a, b) -> a + b),
                of("add.s16 %h0, %h1, %h2;", H, (a, b) -> a + b),
                of("sub.s32 %r0, %r1, %r2;", R, (a, b) -> a - b),
                of("sub.s64 %rd0, %rd1, %rd2;", RD, (a, b) -> a - b),
                of("mul.lo.s32 %r0, %r1, %r2;", R, (a, b) -> (int) a * (int) b),
                of("mul.lo.s64 %rd0, %rd1, %rd2;", RD, (a, b) -> a * b),
                of("mul.lo.s16 %h0, %h1, %h2;", H, (a, b) -> a * b),
                of("mul.hi.s32 %r0, %r1, %r2;", R, (a, b) -> (long) (int) a * (int) b >> 32),
                of("mul.hi.u32 %r0, %r1, %r2;", R, (a, b) -> u32(a) * u32(b) >>> 32),
                of("mul.hi.s64 %rd0, %rd1, %rd2;", RD, Math::multiplyHigh),
                of("mul.hi.u64 %rd0, %rd1, %rd2;", RD, Math::unsignedMultiplyHigh),
                of("mul.wide.s32 %rd0, %r1, %r2;", RD, (a, b) -> (long) (int) a * (int) b),
                of("mul.wide.u32 %rd0, %r1, %r2;", RD, (a, b) -> u32(a) * u32(b)),
                of("mul.wide.s16 %r0, %h1, %h2;", R, (a, b) -> (short) a * (short) b),
                of("mul.wide.u16 %r0, %h1, %h2;", R, (a, b) -> (a & 0xffff) * (b & 0xffff)),
                of("mad.lo.s32 %r0, %r1, %r2, %r3;", R, (a, b, c) -> (int) a * (int) b + (int) c),
                of("mad.lo.s64 %rd0, %rd1, %rd2, %rd3;", RD, (a, b, c) -> a * b + c),
                of(
                        "mad.wide.s32 %rd0, %r1, %r2, %rd3;",
                        RD, (a, b, c) -> (long) (int) a * (int) b + c),
                of("mad.wide.u32 %rd0, %r1, %r2, %rd3;", RD, (a, b, c) -> u32(a) * u32(b) + c),
                of("mad.hi.u32 %r0, %r1, %r2, %r3;", R, (a, b, c) -> (u32(a) * u32(b) >>> 32) + c),
                of(
                        "or.b32 %r4, %r2, 1; div.s32 %r0, %r1, %r4;",
                        R, (a, b) -> (int) a / ((int) b | 1)),
                of(
                        "or.b32 %r4, %r2, 1; div.u32 %r0, %r1, %r4;",
                        R, (a, b) -> u32(a) / (u32(b) | 1)),
                of("or.b64 %rd4, %rd2, 1; div.s64 %rd0, %rd1, %rd4;", RD, (a, b) -> a / (b | 1)),
                of(
                        "or.b64 %rd4, %rd2, 1; div.u64 %rd0, %rd1, %rd4;",
                        RD, (a, b) -> Long.divideUnsigned(a, b | 1)),
                of(
                        "or.b32 %r4, %r2, 1; rem.s32 %r0, %r1, %r4;",
                        R, (a, b) -> (int) a % ((int) b | 1)),
                of(
                        "or.b32 %r4, %r2, 1; rem.u32 %r0, %r1, %r4;",
                        R, (a, b) -> u32(a) % (u32(b) | 1)),
                of("or.b64 %rd4, %rd2, 1; rem.s64 %rd0, %rd1, %rd4;", RD, (a, b) -> a % (b | 1)),
                of("min.s32 %r0, %r1, %r2;", R, (a, b) -> Math.min((int) a, (int) b)),
                of("min.u32 %r0, %r1, %r2;", R, (a, b) -> Math.min(u32(a), u32(b))),
                of("max.s32 %r0, %r1, %r2;", R, (a, b) -> Math.max((int) a, (int) b)),
                of("max.u32 %r0, %r1, %r2;", R, (a, b) -> Math.max(u32(a), u32(b))),
                of("min.s64 %rd0, %rd1, %rd2;", RD, Math::min),
                of("max.s64 %rd0, %rd1, %rd2;", RD, Math::max),
                of(
                        "max.u64 %rd0, %rd1, %rd2;",
                        RD, (a, b) -> Long.compareUnsigned(a, b) > 0 ? a : b),
                of("abs.s32 %r0, %r1;", R, a -> Math.abs((int) a)),
                of("abs.s64 %rd0, %rd1;", RD, a -> Math.abs(a)),
                of("neg.s32 %r0, %r1;", R, a -> -a),
                of("neg.s64 %rd0, %rd1;", RD, a -> -a),
                of("setp.lt.s32 %p0, %r1, %r2;", P, (a, b) -> truth((int) a < (int) b)),
                of("setp.lt.u32 %p0, %r1, %r2;", P, (a, b) -> truth(u32(a) < u32(b))),
                of("setp.ge.s64 %p0, %rd1, %rd2;", P, (a, b) -> truth(a >= b)),
                of(
                        "setp.hi.u64 %p0, %rd1, %rd2;",
                        P, (a, b) -> truth(Long.compareUnsigned(a, b) > 0)),
                of("setp.eq.s16 %p0, %h1, %h1;", P, a -> 1),
                of("setp.ne.s32 %p0, %r1, %r2;", P, (a, b) -> truth((int) a != (int) b)),
                of(
                        "setp.gt.and.s32 %p0, %r1, %r2, %p3;",
                        P, (a, b, c) -> truth((int) a > (int) b && (c & 1) != 0)),
                of(
                        "setp.le.or.s32 %p0, %r1, %r2, !%p3;",
                        P, (a, b, c) -> truth((int) a <= (int) b || (c & 1) == 0)),
                of("setp.lt.s32 %p4|%p0, %r1, %r2;", P, (a, b) -> truth((int) a >= (int) b)),
                of("set.lt.u32.s32 %r0, %r1, %r2;", R, (a, b) -> (int) a < (int) b ? -1 : 0),
                of("selp.b32 %r0, %r1, %r2, %p3;", R, (a, b, c) -> (c & 1) != 0 ? a : b),
                of("selp.b64 %rd0, %rd1, %rd2, !%p3;", RD, (a, b, c) -> (c & 1) != 0 ? b : a));
    }

    static List<InstructionCase> bitwise() {
        return List.of(
                of("and.b32 %r0, %r1, %r2;", R, (a, b) -> a & b),
                of("or.b64 %rd0, %rd1, %rd2;", RD, (a, b) -> a | b),
                of("xor.b32 %r0, %r1, 0xdeadbeef;", R, a -> a ^ 0xdeadbeef),
                of("not.b32 %r0, %r1;", R, a -> ~a),
                of("not.b64 %rd0, %rd1;", RD, a -> ~a),
                of("and.pred %p0, %p1, %p2;", P, (a, b) -> a & b & 1),
                of("or.pred %p0, %p1, !%p2;", P, (a, b) -> (a | ~b) & 1),
                of("xor.pred %p0, %p1, %p2;", P, (a, b) -> (a ^ b) & 1),
                of("not.pred %p0, %p1;", P, a -> ~a & 1),
                of("shl.b32 %r0, %r1, %r2;", R, (a, b) -> u32(b) >= 32 ? 0 : (int) a << (int) b),
                of(
                        "and.b32 %r4, %r2, 63; shl.b32 %r0, %r1, %r4;",
                        R, (a, b) -> (b & 63) >= 32 ? 0 : (int) a << (int) b),
                of(
                        "and.b32 %r4, %r2, 127; shl.b64 %rd0, %rd1, %r4;",
                        RD, (a, b) -> (b & 127) >= 64 ? 0 : a << b),
                of(
                        "and.b32 %r4, %r2, 63; shr.u32 %r0, %r1, %r4;",
                        R, (a, b) -> (b & 63) >= 32 ? 0 : (int) a >>> (int) b),
                of(
                        "and.b32 %r4, %r2, 63; shr.s32 %r0, %r1, %r4;",
                        R, (a, b) -> (int) a >> Math.min(b & 63, 31)),
                of(
                        "and.b32 %r4, %r2, 127; shr.s64 %rd0, %rd1, %r4;",
                        RD, (a, b) -> a >> Math.min(b & 127, 63)),
                of(
                        "and.b32 %r4, %r2, 127; shr.u64 %rd0, %rd1, %r4;",
                        RD, (a, b) -> (b & 127) >= 64 ? 0 : a >>> b),
                of(
                        "and.b32 %r4, %r2, 31; shr.u16 %h0, %h1, %r4;",
                        H, (a, b) -> (b & 31) >= 16 ? 0 : (a & 0xffff) >>> (b & 31)),
                of(
                        "shf.l.wrap.b32 %r0, %r1, %r2, %r3;",
                        R, (a, b, c) -> (u32(b) << 32 | u32(a)) << (c & 31) >>> 32),
                of(
                        "shf.r.wrap.b32 %r0, %r1, %r2, %r3;",
                        R, (a, b, c) -> (u32(b) << 32 | u32(a)) >>> (c & 31)),
                of(
                        "and.b32 %r4, %r3, 63; shf.r.clamp.b32 %r0, %r1, %r2, %r4;",
                        R, (a, b, c) -> (u32(b) << 32 | u32(a)) >>> Math.min(c & 63, 32)),
                of(
                        "lop3.b32 %r0, %r1, %r2, %r3, 0xe8;",
                        R, (a, b, c) -> (a & b) | (a & c) | (b & c)),
                of("lop3.b32 %r0, %r1, %r2, %r3, 0x96;", R, (a, b, c) -> a ^ b ^ c),
                of("lop3.b32 %r0, %r1, %r2, %r3, 0x2a;", R, (a, b, c) -> ~(a & b) & c),
                of("prmt.b32 %r0, %r1, %r2, %r3;", R, InstructionCases::permuted),
                of("prmt.b32 %r0, %r1, %r2, 0x4140;", R, (a, b) -> permuted(a, b, 0x4140)),
                of("bfe.u32 %r0, %r1, 5, 11;", R, a -> u32(a) >>> 5 & 0x7ff),
                of("bfe.s32 %r0, %r1, 5, 11;", R, a -> (int) a << 16 >> 21),
                of("bfe.u32 %r0, %r1, 28, 11;", R, a -> u32(a) >>> 28),
                of("bfe.s32 %r0, %r1, 28, 11;", R, a -> (int) a >> 28),
                of("bfe.u32 %r0, %r1, 28, 0;", R, a -> 0),
                of("bfe.u64 %rd0, %rd1, 17, 40;", RD, a -> a >>> 17 & 0xff_ffff_ffffL),
                of("bfi.b32 %r0, %r1, %r2, 7, 9;", R, (a, b) -> (b & ~0xff80) | (a << 7 & 0xff80)),
                of("bfi.b32 %r0, %r1, %r2, 24, 20;", R, (a, b) -> (b & 0xffffff) | a << 24),
                of(
                        "bfi.b64 %rd0, %rd1, %rd2, 40, 8;",
                        RD, (a, b) -> (b & ~(0xffL << 40)) | (a & 0xff) << 40),
                of("popc.b32 %r0, %r1;", R, a -> Integer.bitCount((int) a)),
                of("popc.b64 %r0, %rd1;", R, a -> Long.bitCount(a)),
                of("clz.b32 %r0, %r1;", R, a -> Integer.numberOfLeadingZeros((int) a)),
                of("clz.b64 %r0, %rd1;", R, a -> Long.numberOfLeadingZeros(a)),
                of("brev.b32 %r0, %r1;", R, a -> Integer.reverse((int) a)),
                of("bfind.u32 %r0, %r1;", R, a -> 31 - Integer.numberOfLeadingZeros((int) a)),
                of(
                        "bfind.s32 %r0, %r1;",
                        R,
                        a -> 31 - Integer.numberOfLeadingZeros((int) a < 0 ? ~(int) a : (int) a)),
                of(
                        "mov.b64 {%r4, %r5}, %rd1; mov.b64 %rd0, {%r5, %r4};",
                        RD, a -> Long.rotateLeft(a, 32)),
                of(
                        "mov.b32 {%h4, %h5}, %r1; mov.b32 %r0, {%h5, %h4};",
                        R, a -> Integer.rotateLeft((int) a, 16)),
                of("cvt.s64.s32 %rd0, %r1;", RD, a -> (int) a),
                of("cvt.u64.u32 %rd0, %r1;", RD, a -> u32(a)),
                of("cvt.s32.s16 %r0, %h1;", R, a -> (short) a),
                of("cvt.u32.u16 %r0, %h1;", R, a -> a & 0xffff),
                of("cvt.s16.s8 %h0, %h1;", H, a -> (byte) a),
                of("cvt.u16.u8 %h0, %h1;", H, a -> a & 0xff),
                of("cvt.u8.u32 %r0, %r1;", R, a -> a & 0xff),
                of("cvt.s8.s32 %r0, %r1;", R, a -> (byte) a),
                of("cvt.sat.s16.s32 %h0, %r1;", H, a -> Math.clamp((int) a, -32768, 32767)),
                of("cvt.sat.u8.s32 %r0, %r1;", R, a -> Math.clamp((int) a, 0, 255)));
    }

    static List<InstructionCase> floating() {
        return List.of(
                floats("add.f32 %f0, %f1, %f2;", (a, b, c) -> a + b),
                floats("add.rn.f32 %f0, %f1, %f2;", (a, b, c) -> a + b),
                floats("sub.f32 %f0, %f1, %f2;", (a, b, c) -> a - b),
                floats("mul.f32 %f0, %f1, %f2;", (a, b, c) -> a * b),
                floats("fma.rn.f32 %f0, %f1, %f2, %f3;", Math::fma),
                floats("div.rn.f32 %f0, %f1, %f2;", (a, b, c) -> a / b),
                floats("rcp.rn.f32 %f0, %f1;", (a, b, c) -> 1 / a),
                floats("sqrt.rn.f32 %f0, %f1;", (a, b, c) -> (float) Math.sqrt(a)),
                floats("neg.f32 %f0, %f1;", (a, b, c) -> -a),
                floats("abs.f32 %f0, %f1;", (a, b, c) -> Math.abs(a)),
                floats(
                        "copysign.f32 %f0, %f1, %f2;",
                        (a, b, c) ->
                                Float.intBitsToFloat(
                                        (Float.floatToRawIntBits(b) & 0x7fffffff)
                                                | (Float.floatToRawIntBits(a) & 0x80000000))),
                floats(
                        "min.f32 %f0, %f1, %f2;",
                        (a, b, c) -> a != a ? b : b != b ? a : Math.min(a, b)),
                floats(
                        "max.f32 %f0, %f1, %f2;",
                        (a, b, c) -> a != a ? b : b != b ? a : Math.max(a, b)),
                floats("add.ftz.f32 %f0, %f1, %f2;", (a, b, c) -> flushed(flushed(a) + flushed(b))),
                floats("mul.ftz.f32 %f0, %f1, %f2;", (a, b, c) -> flushed(flushed(a) * flushed(b))),
                floats(
                        "add.sat.f32 %f0, %f1, %f2;",
                        (a, b, c) -> a + b > 0 ? Math.min(a + b, 1) : 0),
                floats("cvt.sat.f32.f32 %f0, %f1;", (a, b, c) -> a > 0 ? Math.min(a, 1) : 0),
                floats("mul.rm.f32 %f0, %f1, %f2;", (a, b, c) -> below(a * b, (double) a * b)),
                floats("mul.rz.f32 %f0, %f1, %f2;", (a, b, c) -> toZero(a * b, (double) a * b)),
                floats(
                        "fma.rm.f32 %f0, %f1, %f2, 0f4B400001;",
                        (a, b, c) -> below(Math.fma(a, b, 12582913f), a, b, 12582913f)),
                floats(
                        "selp.f32 %f0, %f1, %f2, %p3;",
                        (a, b, c) -> (Float.floatToRawIntBits(c) & 1) != 0 ? a : b),
                of("setp.lt.f32 %p0, %f1, %f2;", P, (a, b) -> truth(f(a) < f(b))),
                of("setp.ltu.f32 %p0, %f1, %f2;", P, (a, b) -> truth(!(f(a) >= f(b)))),
                of("setp.neu.f32 %p0, %f1, %f2;", P, (a, b) -> truth(f(a) != f(b))),
                of("setp.ne.f32 %p0, %f1, %f2;", P, (a, b) -> truth(f(a) < f(b) || f(a) > f(b))),
                of("setp.equ.f32 %p0, %f1, %f1;", P, a -> 1),
                of("setp.eq.f32 %p0, %f1, %f1;", P, a -> truth(f(a) == f(a))),
                of("setp.nan.f32 %p0, %f1, %f2;", P, (a, b) -> truth(f(a) != f(a) || f(b) != f(b))),
                of("setp.num.f32 %p0, %f1, %f2;", P, (a, b) -> truth(f(a) == f(a) && f(b) == f(b))),
                of("setp.gtu.f32 %p0, %f1, %f2;", P, (a, b) -> truth(!(f(a) <= f(b)))),
                of("setp.geu.f32 %p0, %f1, %f2;", P, (a, b) -> truth(!(f(a) < f(b)))),
                of("setp.leu.f32 %p0, %f1, %f2;", P, (a, b) -> truth(!(f(a) > f(b)))),
                of("cvt.rn.f32.s32 %f0, %r1;", Result.F, a -> bits((float) (int) a)),
                of("cvt.rn.f32.u32 %f0, %r1;", Result.F, a -> bits((float) u32(a))),
                of("cvt.rn.f32.s64 %f0, %rd1;", Result.F, a -> bits((float) a)),
                of("cvt.rzi.s32.f32 %r0, %f1;", R, a -> (int) f(a)),
                of("cvt.rni.s32.f32 %r0, %f1;", R, a -> (int) Math.rint(f(a))),
                of("cvt.rmi.s32.f32 %r0, %f1;", R, a -> (int) Math.floor(f(a))),
                of("cvt.rpi.s32.f32 %r0, %f1;", R, a -> (int) Math.ceil(f(a))),
                of("cvt.rzi.u32.f32 %r0, %f1;", R, a -> Math.clamp((long) f(a), 0L, 0xffffffffL)),
                of("cvt.rzi.s64.f32 %rd0, %f1;", RD, a -> (long) f(a)),
                floats("cvt.rni.f32.f32 %f0, %f1;", (a, b, c) -> (float) Math.rint(a)),
                floats("cvt.rmi.f32.f32 %f0, %f1;", (a, b, c) -> (float) Math.floor(a)),
                floats("cvt.rpi.f32.f32 %f0, %f1;", (a, b, c) -> (float) Math.ceil(a)),
                floats(
                        "cvt.rzi.f32.f32 %f0, %f1;",
                        (a, b, c) -> (float) (a < 0 ? Math.ceil(a) : Math.floor(a))),
                doubles("add.f64 %d0, %d1, %d2;", (a, b, c) -> a + b),
                doubles("sub.f64 %d0, %d1, %d2;", (a, b, c) -> a - b),
                doubles("mul.f64 %d0, %d1, %d2;", (a, b, c) -> a * b),
                doubles("fma.rn.f64 %d0, %d1, %d2, %d3;", Math::fma),
                doubles("div.rn.f64 %d0, %d1, %d2;", (a, b, c) -> a / b),
                doubles("sqrt.rn.f64 %d0, %d1;", (a, b, c) -> Math.sqrt(a)),
                doubles("neg.f64 %d0, %d1;", (a, b, c) -> -a),
                doubles("abs.f64 %d0, %d1;", (a, b, c) -> Math.abs(a)),
                doubles("cvt.rni.f64.f64 %d0, %d1;", (a, b, c) -> Math.rint(a)),
                of(
                        "setp.gt.f64 %p0, %d1, %d2;",
                        P,
                        (a, b) -> truth(Double.longBitsToDouble(a) > Double.longBitsToDouble(b))),
                of("cvt.f64.f32 %d0, %f1;", Result.D, a -> Double.doubleToRawLongBits(f(a))),
                of(
                        "cvt.rn.f32.f64 %f0, %d1;",
                        Result.F, a -> bits((float) Double.longBitsToDouble(a))),
                of(
                        "cvt.rn.f64.s64 %d0, %rd1;",
                        Result.D, a -> Double.doubleToRawLongBits((double) a)),
                of("cvt.rzi.s64.f64 %rd0, %d1;", RD, a -> (long) Double.longBitsToDouble(a)),
                of("cvt.rzi.s32.f64 %r0, %d1;", R, a -> (int) Double.longBitsToDouble(a)),
                near("ex2.approx.ftz.f32 %f0, %f1;", a -> flushed((float) Math.pow(2, a))),
                near("ex2.approx.f32 %f0, %f1;", a -> Math.pow(2, a)),
                near(
                        "lg2.approx.ftz.f32 %f0, %f1;",
                        a -> Math.log(flushed((float) a)) / Math.log(2)),
                near(
                        "rcp.approx.ftz.f32 %f0, %f1;",
                        a -> flushed((float) (1 / flushed((float) a)))),
                near("rsqrt.approx.f32 %f0, %f1;", a -> 1 / Math.sqrt(a)),
                near("sqrt.approx.f32 %f0, %f1;", Math::sqrt),
                near("sin.approx.f32 %f0, %f1;", within(Math::sin)),
                near("cos.approx.f32 %f0, %f1;", within(Math::cos)),
                near("tanh.approx.f32 %f0, %f1;", Math::tanh));
    }

    static List<InstructionCase> halves() {
        return List.of(
                of("cvt.f32.f16 %f0, %h1;", Result.F, a -> bits(Float.float16ToFloat((short) a))),
                of("cvt.rn.f16.f32 %h0, %f1;", H, a -> f16(f(a))),
                of("cvt.f32.bf16 %f0, %h1;", Result.F, a -> a << 16),
                of("cvt.rn.bf16.f32 %h0, %f1;", H, a -> bf16(f(a))),
                of("cvt.rn.f16x2.f32 %r0, %f1, %f2;", R, (a, b) -> f16(f(a)) << 16 | f16(f(b))),
                of("cvt.rn.bf16x2.f32 %r0, %f1, %f2;", R, (a, b) -> bf16(f(a)) << 16 | bf16(f(b))),
                of(
                        "cvt.rn.satfinite.e4m3x2.f32 %h0, %f1, %f2;",
                        H, (a, b) -> e4m3(f(a)) << 8 | e4m3(f(b))),
                of(
                        "cvt.rn.f16x2.e4m3x2 %r0, %h1;",
                        R, a -> f16(fromE4m3(a >> 8)) << 16 | f16(fromE4m3(a))),
                of(
                        "cvt.rn.f16x2.e5m2x2 %r0, %h1;",
                        R, a -> quiet(a & 0xff00) << 16 | quiet(a << 8 & 0xff00)),
                of("neg.f16x2 %r0, %r1;", R, a -> a ^ 0x80008000),
                of("abs.bf16 %h0, %h1;", H, a -> a & 0x7fff),
                of("add.f16 %h0, %h1, %h2;", H, (a, b) -> f16(h(a) + h(b))),
                of("sub.f16 %h0, %h1, %h2;", H, (a, b) -> f16(h(a) - h(b))),
                of("mul.f16 %h0, %h1, %h2;", H, (a, b) -> f16(h(a) * h(b))));
    }

    private static long u32(long x) {
        return x & 0xffffffffL;
    }

    private static long truth(boolean x) {
        return x ? 1 : 0;
    }

    private static long permuted(long a, long b, long selector) {
        byte[] bytes = new byte[8];
        for (int i = 0; i < 4; i++) {
            bytes[i] = (byte) (a >> 8 * i);
            bytes[i + 4] = (byte) (b >> 8 * i);
        }
        long x = 0;
        for (int i = 0; i < 4; i++) {
            int s = (int) (selector >> 4 * i);
            long chosen = bytes[s & 7];
            x |= ((s & 8) != 0 ? chosen >> 8 & 0xff : chosen & 0xff) << 8 * i;
        }
        return x;
    }

    private static float flushed(float x) {
        return Math.abs(x) < Float.MIN_NORMAL ? Math.copySign(0f, x) : x;
    }

    /** The largest float not above what is exact; {@code near} is the nearest. */
    private static float below(float near, double exact) {
        if (Double.isNaN(exact) || Double.isInfinite(exact)) {
            return near;
        }
        if (near == 0 && exact == 0) {
            return near;
        }
        return near > exact ? Math.nextDown(near) : near;
    }

    private static float toZero(float near, double exact) {
        if (Double.isNaN(exact) || Double.isInfinite(exact)) {
            return near;
        }
        return Math.abs((double) near) > Math.abs(exact) ? Math.nextAfter(near, 0) : near;
    }

    private static float below(float near, float a, float b, float c) {
        if (!Float.isFinite(a) || !Float.isFinite(b)) {
            return near;
        }
        var exact =
                new java.math.BigDecimal((double) a * b).add(new java.math.BigDecimal((double) c));
        if (Float.isInfinite(near)) {
            return near > 0 ? Float.MAX_VALUE : near;
        }
        return new java.math.BigDecimal(near).compareTo(exact) > 0 ? Math.nextDown(near) : near;
    }

    /** Beyond these the approximation is free. */
    private static InstructionCase.Near within(DoubleUnaryOperator f) {
        return a -> f.applyAsDouble(a);
    }

    private static float h(long bits) {
        return Float.float16ToFloat((short) bits);
    }

    static long f16(float x) {
        return x != x ? 0x7fff : Float.floatToFloat16(x) & 0xffff;
    }

    private static long quiet(long f16) {
        return (f16 & 0x7fff) > 0x7c00 ? 0x7fff : f16;
    }

    /** By the definition: of the two neighbours the nearer, of two as near the even one. */
    static long bf16(float x) {
        if (x != x) {
            return 0x7fff;
        }
        int low = Float.floatToRawIntBits(x) & 0xffff0000;
        int high = low + 0x10000;
        double below = Float.intBitsToFloat(low);
        double above =
                (high & 0x7f800000) == 0x7f800000 && (low & 0x7f800000) != 0x7f800000
                        ? Math.copySign(0x1p128, x)
                        : Float.intBitsToFloat(high);
        double down = Math.abs(x - below);
        double up = Math.abs(above - x);
        boolean takesLow = down < up || (down == up && (low >> 16 & 1) == 0) || Float.isInfinite(x);
        return (takesLow ? low : high) >>> 16;
    }

    private static float fromE4m3(long code) {
        int e = (int) (code >> 3 & 15);
        int m = (int) (code & 7);
        double x =
                e == 15 && m == 7
                        ? Double.NaN
                        : e == 0 ? m * 0x1p-9 : (8 + m) * Math.pow(2, e - 10);
        return (float) ((code & 0x80) != 0 ? -x : x);
    }

    /** By looking at all codes: the nearest, the even one of two. */
    private static long e4m3(float x) {
        if (x != x) {
            return 0x7f;
        }
        long best = 0;
        for (long code = 0; code < 0x7f; code++) {
            double d = Math.abs(Math.abs((double) x) - fromE4m3(code));
            double least = Math.abs(Math.abs((double) x) - fromE4m3(best));
            if (d < least || (d == least && (code & 1) == 0)) {
                best = code;
            }
        }
        return best | (Float.floatToRawIntBits(x) >>> 24 & 0x80);
    }
}
