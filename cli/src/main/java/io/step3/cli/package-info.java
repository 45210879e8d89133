/**
 * The command line, {@code step3}: {@link io.step3.cli.AskCommand ask}, {@link
 * io.step3.cli.InspectCommand inspect}, {@link io.step3.cli.EvalCommand eval}, {@link
 * io.step3.cli.BenchCommand bench} and {@link io.step3.cli.DoctorCommand doctor}. Each command is a
 * class; what they share is how a failure is told: {@link io.step3.cli.Failures}.
 */
package io.step3.cli;
