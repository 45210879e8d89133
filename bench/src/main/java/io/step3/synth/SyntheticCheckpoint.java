package io.step3.synth;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import io.step3.checkpoint.BundledCheckpoint;
import io.step3.checkpoint.DType;
import io.step3.checkpoint.SafetensorsWriter;
import io.step3.checkpoint.Step3Config;
import io.step3.checkpoint.Step3Tensor;
import io.step3.checkpoint.TensorPart;
import io.step3.checkpoint.Tensors;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;

/**
 * Writes a {@link SyntheticModel} to a folder, in the published layout: shards of at most 5 GB and
 * their index, {@code config.json}, and Step3-Tiny's tokenizer, so that what there is for
 * checkpoints runs on it. What it says is noise.
 *
 * <p>Weights are scaled so that activations keep their size through all layers. Each shard appears
 * when it is whole, and the index at the end: a folder that was left half written is no checkpoint
 * yet, and is gone on with.
 */
public final class SyntheticCheckpoint {

    /** As the published shards, which are cut where the next tensor would not fit any more. */
    private static final long SHARD_BYTES = 5_000_000_000L;

    /** Says what is being written here; another model is not written over it. */
    private static final String MARK = "synthetic.json";

    private static final String INDEX = "model.safetensors.index.json";

    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    /** What ends a residual branch: scaled down, so that the stream does not grow with depth. */
    private static final Set<Step3Tensor> BRANCH_ENDS =
            EnumSet.of(
                    Step3Tensor.ATTENTION_OUTPUT,
                    Step3Tensor.DENSE_DOWN,
                    Step3Tensor.EXPERTS_DOWN,
                    Step3Tensor.SHARED_DOWN);

    private static final Set<TensorPart> LAYERS =
            EnumSet.of(TensorPart.LAYERS, TensorPart.DENSE_LAYERS, TensorPart.MOE_LAYERS);

    /** Is told how far the writing is; may throw {@link CancellationException} to end it. */
    @FunctionalInterface
    public interface Progress {

        /**
         * A part was written.
         *
         * @param bytes of all shards that are there
         * @param all bytes that there will be
         */
        void wrote(long bytes, long all);
    }

    private record Part(String name, DType dtype, List<Long> shape, SafetensorsWriter.Data data) {
        long bytes() {
            return dtype.bytes(shape);
        }
    }

    private final JsonObject config;
    private final DType weights;
    private final long seed;
    private final Path folder;

    /**
     * A checkpoint that is still to be written.
     *
     * @param folder a new one, an empty one, or one where the writing of this model was begun
     */
    public SyntheticCheckpoint(SyntheticModel model, Path folder) {
        this(model.config(), model.weights(), model.seed(), folder);
    }

    /** Of any widths. */
    SyntheticCheckpoint(JsonObject config, DType weights, long seed, Path folder) {
        this.config = config;
        this.weights = weights;
        this.seed = seed;
        this.folder = folder;
    }

    /**
     * Writes what is not there yet.
     *
     * @throws IllegalArgumentException if the folder holds something else, or the disk is too small
     * @throws CancellationException if the progress throws it; what was finished stays
     * @throws IOException if it cannot be written
     */
    public void write(Progress progress) throws IOException {
        List<List<Part>> shards = shards(parts(checked()));
        long all = shards.stream().mapToLong(SyntheticCheckpoint::bytes).sum();
        boolean begun = isBegun();
        long done = 0;
        for (int i = 0; begun && i < shards.size(); i++) {
            done += Files.exists(shard(i, shards.size())) ? bytes(shards.get(i)) : 0;
        }
        requireRoom(all - done);
        if (!begun) {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("config.json"), GSON.toJson(config) + "\n");
            Files.writeString(folder.resolve(MARK), mark());
        }
        deleteTornParts();
        for (int i = 0; i < shards.size(); i++) {
            Path file = shard(i, shards.size());
            if (!Files.exists(file)) {
                write(file, shards.get(i), done, all, progress);
                done += bytes(shards.get(i));
            }
        }
        tokenizer();
        index(shards, all);
    }

    private Step3Config checked() throws IOException {
        Path draft = Files.createTempFile("step3-config", ".json");
        try {
            Files.writeString(draft, GSON.toJson(config));
            return Step3Config.read(draft);
        } finally {
            Files.delete(draft);
        }
    }

    private static long bytes(List<Part> shard) {
        return shard.stream().mapToLong(Part::bytes).sum();
    }

    private Path shard(int number, int count) {
        return folder.resolve("model-%05d-of-%05d.safetensors".formatted(number + 1, count));
    }

    /** Whether the writing of this model was begun in the folder; refuses anything else in it. */
    private boolean isBegun() throws IOException {
        Path mark = folder.resolve(MARK);
        if (Files.exists(mark)) {
            if (!Files.readString(mark).equals(mark())) {
                throw new IllegalArgumentException(
                        "%s holds another synthetic model, or a part of one: see %s, and name another folder"
                                .formatted(folder, MARK));
            }
            return true;
        }
        if (Files.exists(folder)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
                for (Path file : files) {
                    // All that there is where the writing ended before its mark.
                    if (!file.getFileName().toString().equals("config.json")) {
                        throw new IllegalArgumentException(
                                "%s is not empty: name a new folder".formatted(folder));
                    }
                }
            }
        }
        return false;
    }

    private String mark() {
        var mark = new JsonObject();
        mark.addProperty("weights", weights.name());
        mark.addProperty("seed", seed);
        mark.add("config", config);
        return GSON.toJson(mark) + "\n";
    }

    /** What a writer left behind that was killed. */
    private void deleteTornParts() throws IOException {
        try (DirectoryStream<Path> parts =
                Files.newDirectoryStream(folder, ".model-*.safetensors.*.part")) {
            for (Path part : parts) {
                Files.delete(part);
            }
        }
    }

    private void requireRoom(long bytes) throws IOException {
        Path existing = folder.toAbsolutePath();
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        long free = Files.getFileStore(existing).getUsableSpace();
        if (free < bytes) {
            throw new IllegalArgumentException(
                    "%.1f GB are to be written and there are %.1f GB free for %s: take fewer layers or another disk"
                            .formatted(bytes / 1e9, free / 1e9, folder));
        }
    }

    /** All tensors, layer by layer. */
    private List<Part> parts(Step3Config config) {
        List<Part> parts = new ArrayList<>();
        add(parts, Step3Tensor.EMBEDDING, 0, config);
        for (int layer = 0; layer < config.text().numHiddenLayers(); layer++) {
            for (Step3Tensor tensor : Step3Tensor.values()) {
                if (LAYERS.contains(tensor.part()) && has(tensor, layer, config)) {
                    add(parts, tensor, layer, config);
                }
            }
        }
        add(parts, Step3Tensor.FINAL_NORM, 0, config);
        add(parts, Step3Tensor.LANGUAGE_HEAD, 0, config);
        for (Step3Tensor tensor : Step3Tensor.values()) {
            boolean wanted = tensor != Step3Tensor.PROJECTOR_BIAS || config.projectorBias();
            if (wanted && !LAYERS.contains(tensor.part()) && tensor.part() != TensorPart.TEXT) {
                tensor.part().layers(config).forEach(layer -> add(parts, tensor, layer, config));
            }
        }
        return parts;
    }

    private static boolean has(Step3Tensor tensor, int layer, Step3Config config) {
        return tensor.part().layers(config).anyMatch(number -> number == layer);
    }

    private void add(List<Part> parts, Step3Tensor tensor, int layer, Step3Config config) {
        String name = tensor.name(layer);
        List<Long> shape = tensor.shape(config);
        if (shape.size() == 1) {
            float value = name.endsWith("bias") ? 0 : 1;
            parts.add(new Part(name, DType.BF16, shape, RandomWeights.bf16(value)));
            return;
        }
        long own = RandomWeights.mix(seed * 31 + name.hashCode());
        double deviation = deviation(tensor, shape, config.text().numHiddenLayers());
        boolean fp8 =
                weights == DType.F8_E4M3
                        && LAYERS.contains(tensor.part())
                        && tensor != Step3Tensor.ROUTER;
        if (!fp8) {
            parts.add(new Part(name, DType.BF16, shape, RandomWeights.bf16(own, deviation)));
            return;
        }
        parts.add(new Part(name, DType.F8_E4M3, shape, RandomWeights.codes(own)));
        List<Long> blocks = new ArrayList<>(shape);
        int cols = shape.size() - 1;
        blocks.set(cols - 1, config.quantization().scaleRows(shape.get(cols - 1)));
        blocks.set(cols, config.quantization().scaleCols(shape.get(cols)));
        float scale = (float) (deviation / RandomWeights.CODE_DEVIATION);
        parts.add(
                new Part(Tensors.scalesOf(name), DType.F32, blocks, RandomWeights.float32(scale)));
    }

    /** One over the root of what is summed keeps the size of what it is multiplied with. */
    private static double deviation(Step3Tensor tensor, List<Long> shape, int layers) {
        if (tensor == Step3Tensor.EMBEDDING) {
            return 1;
        }
        boolean stacked = tensor.part() == TensorPart.MOE_LAYERS && shape.size() == 3;
        long inputs =
                IntStream.range(stacked ? 2 : 1, shape.size())
                        .mapToLong(shape::get)
                        .reduce(1, Math::multiplyExact);
        double branches = BRANCH_ENDS.contains(tensor) ? 2.0 * layers : 1;
        return 1 / Math.sqrt(inputs * branches);
    }

    private static List<List<Part>> shards(List<Part> parts) {
        List<List<Part>> shards = new ArrayList<>();
        long bytes = 0;
        for (Part part : parts) {
            if (shards.isEmpty() || bytes + part.bytes() > SHARD_BYTES) {
                shards.add(new ArrayList<>());
                bytes = 0;
            }
            shards.getLast().add(part);
            bytes += part.bytes();
        }
        return shards;
    }

    private static void write(Path file, List<Part> shard, long before, long all, Progress progress)
            throws IOException {
        var writer = new SafetensorsWriter().metadata("format", "pt");
        var written = new long[] {before};
        for (Part part : shard) {
            writer.addParts(
                    part.name,
                    part.dtype,
                    part.shape,
                    (from, to) -> {
                        part.data.read(from, to);
                        written[0] += to.byteSize();
                        progress.wrote(written[0], all);
                    });
        }
        writer.write(file);
    }

    /** Step3-Tiny's, whose ids are the first ones of the vocabulary. */
    private void tokenizer() throws IOException {
        Path tiny =
                BundledCheckpoint.folder()
                        .orElseThrow(
                                () ->
                                        new IllegalStateException(
                                                "this build has no Step3-Tiny to take a tokenizer from"));
        for (String name :
                List.of(
                        "tokenizer.json",
                        "tokenizer_config.json",
                        "special_tokens_map.json",
                        "generation_config.json")) {
            Files.write(folder.resolve(name), Files.readAllBytes(tiny.resolve(name)));
        }
    }

    private void index(List<List<Part>> shards, long all) throws IOException {
        var metadata = new JsonObject();
        metadata.addProperty("total_size", all);
        var map = new JsonObject();
        for (int i = 0; i < shards.size(); i++) {
            for (Part part : shards.get(i)) {
                map.addProperty(part.name, shard(i, shards.size()).getFileName().toString());
            }
        }
        var index = new JsonObject();
        index.add("metadata", metadata);
        index.add("weight_map", map);
        Path whole = folder.resolve("." + INDEX + ".part");
        Files.writeString(whole, GSON.toJson(index) + "\n");
        Files.move(whole, folder.resolve(INDEX), StandardCopyOption.ATOMIC_MOVE);
    }
}
