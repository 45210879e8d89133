/**
 * Benchmarks: how fast the operations ({@link io.step3.bench.KernelBench}), a model ({@link
 * io.step3.bench.ModelBench}) and many answers at a time ({@link io.step3.bench.StreamBench}) are,
 * beside what this machine can do ({@link io.step3.bench.Ceiling}), which is measured in the same
 * process, in turn with what it is compared with: memory that other programs use at the moment
 * slows both.
 *
 * <p>{@link io.step3.bench.OperationCases} and {@link io.step3.bench.VisionCases} are the list of
 * operations, and the only places that know how an operation is called. {@link io.step3.bench.Row}
 * is a line of every table, printed by {@link io.step3.bench.Table}.
 */
package io.step3.bench;
