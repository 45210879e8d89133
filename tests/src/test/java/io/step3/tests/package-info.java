/**
 * What crosses modules: the engine against the golden files of an independent implementation, DJL
 * {@code Criteria}, and the command line. {@link io.step3.tests.Golden} finds and reads the files;
 * {@link io.step3.tests.KernelTiers} names the kernels that every comparison runs with.
 */
package io.step3.tests;
