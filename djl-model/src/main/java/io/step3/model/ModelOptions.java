package io.step3.model;

import com.sun.management.OperatingSystemMXBean;
import io.step3.checkpoint.TextConfig;
import io.step3.ops.KvFormat;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/**
 * How a model is run.
 *
 * @param contextLength most tokens a session may hold; 0 for what the checkpoint allows
 * @param prefillChunk tokens that a prefill computes at once: more is faster and takes more working
 *     memory, and a cancelled prefill stops at the next chunk
 * @param activations precision of the inputs of fp8 layers
 * @param cacheMemory bytes that the caches of all conversations may take together. Beyond that
 *     those that wait are forgotten, least recently used first, and of the answers that are being
 *     written the youngest wait; the oldest goes on whatever it takes. 0 for an eighth of the
 *     machine's memory
 * @param cacheFormat how keys and values are stored. {@code F32} is exact. {@code BF16} takes half
 *     the memory and moves a logit by less than a hundredth of the largest: no golden answer
 *     changes by a token. {@code F16} takes as much and is eight times as exact, for numbers up to
 *     65504. {@code F8_E4M3} takes little more than a quarter, moves a logit by a hundredth in the
 *     mean, and changes one token in thirty where nothing is certain
 * @param liveMarks whether special tokens that are written out in the contents of messages, such as
 *     {@code <|EOT|>}, become those tokens. Otherwise contents are text and nothing else
 * @param threads that compute, the caller's included, from 1 to 1024; 0 for as many as {@code
 *     STEP3_THREADS} says, else one for each physical core that the process may use. It is no
 *     matter where a backend is handed over
 * @param placement which parts of the network lie on a device; no matter where one backend is
 *     handed over
 */
public record ModelOptions(
        int contextLength,
        int prefillChunk,
        Activations activations,
        long cacheMemory,
        KvFormat cacheFormat,
        boolean liveMarks,
        int threads,
        PlacementRequest placement) {

    /**
     * The checkpoint's own context, chunks of 256 tokens, float32 activations, float32 caches in an
     * eighth of the memory, contents that are text, a device if there is one.
     */
    public static final ModelOptions DEFAULT =
            new ModelOptions(
                    0, 256, Activations.FLOAT32, 0, KvFormat.F32, false, 0, PlacementRequest.AUTO);

    /** Checks the ranges. */
    public ModelOptions {
        if (contextLength < 0) {
            throw new IllegalArgumentException(
                    "contextLength must be 0 (the checkpoint's own) or more, not " + contextLength);
        }
        if (prefillChunk < 1 || prefillChunk > 8192) {
            throw new IllegalArgumentException(
                    "prefillChunk must be between 1 and 8192, not " + prefillChunk);
        }
        if (threads < 0 || threads > 1024) {
            throw new IllegalArgumentException(
                    "threads must be 0 (one for each core) or up to 1024, not " + threads);
        }
        if (cacheMemory < 0) {
            throw new IllegalArgumentException(
                    "cacheMemory must be 0 (an eighth of the machine's) or more bytes, not "
                            + cacheMemory);
        }
    }

    /** The same with another context length. */
    public ModelOptions withContextLength(int tokens) {
        return new ModelOptions(
                tokens,
                prefillChunk,
                activations,
                cacheMemory,
                cacheFormat,
                liveMarks,
                threads,
                placement);
    }

    /** The same with another prefill chunk. */
    public ModelOptions withPrefillChunk(int tokens) {
        return new ModelOptions(
                contextLength,
                tokens,
                activations,
                cacheMemory,
                cacheFormat,
                liveMarks,
                threads,
                placement);
    }

    /** The same with other activations. */
    public ModelOptions withActivations(Activations precision) {
        return new ModelOptions(
                contextLength,
                prefillChunk,
                precision,
                cacheMemory,
                cacheFormat,
                liveMarks,
                threads,
                placement);
    }

    /** The same with another limit to the memory of caches. */
    public ModelOptions withCacheMemory(long bytes) {
        return new ModelOptions(
                contextLength,
                prefillChunk,
                activations,
                bytes,
                cacheFormat,
                liveMarks,
                threads,
                placement);
    }

    /** The same with caches of another format. */
    public ModelOptions withCacheFormat(KvFormat format) {
        return new ModelOptions(
                contextLength,
                prefillChunk,
                activations,
                cacheMemory,
                format,
                liveMarks,
                threads,
                placement);
    }

    /**
     * The format that people call {@code float32}, {@code f16}, {@code bf16} or {@code fp8}.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    public static KvFormat cacheFormat(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "float32" -> KvFormat.F32;
            case "bf16" -> KvFormat.BF16;
            case "f16" -> KvFormat.F16;
            case "fp8" -> KvFormat.F8_E4M3;
            default ->
                    throw new IllegalArgumentException(
                            "a cache can be float32, f16, bf16 or fp8, not '%s'".formatted(name));
        };
    }

    /** The same with special tokens in contents live or not. */
    public ModelOptions withLiveMarks(boolean live) {
        return new ModelOptions(
                contextLength,
                prefillChunk,
                activations,
                cacheMemory,
                cacheFormat,
                live,
                threads,
                placement);
    }

    /** The same with another number of threads. */
    public ModelOptions withThreads(int number) {
        return new ModelOptions(
                contextLength,
                prefillChunk,
                activations,
                cacheMemory,
                cacheFormat,
                liveMarks,
                number,
                placement);
    }

    /** The same with the parts of the network at other places. */
    public ModelOptions withPlacement(PlacementRequest request) {
        return new ModelOptions(
                contextLength,
                prefillChunk,
                activations,
                cacheMemory,
                cacheFormat,
                liveMarks,
                threads,
                request);
    }

    /** Bytes that the keys and values of a token take in all layers: one head of each a layer. */
    public long cacheBytesPerToken(TextConfig config) {
        return 2L * config.numHiddenLayers() * cacheFormat.rowBytes(config.headDim());
    }

    /** {@link #cacheMemory}, with the machine's (or its container's) share where it is 0. */
    public long cacheBytes() {
        if (cacheMemory > 0) {
            return cacheMemory;
        }
        var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return system.getTotalMemorySize() / 8;
    }
}
