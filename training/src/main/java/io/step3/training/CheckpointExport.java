package io.step3.training;

import ai.djl.ndarray.types.Shape;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.step3.ops.E4m3;
import io.step3.training.tokenizer.BpeTokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a network as a checkpoint of the published layout: experts in block fp8, all else in
 * bfloat16.
 */
final class CheckpointExport {

    private final NetworkSizes config;
    private final Parameters parameters;

    CheckpointExport(NetworkSizes config, Parameters parameters) {
        this.config = config;
        this.parameters = parameters;
    }

    /** Writes all files but the model card. */
    void write(Path folder, float[] weights, BpeTokenizer tokenizer) throws IOException {
        Files.createDirectories(folder);
        var content = new Safetensors.Content(tensors(weights), Map.of("format", "pt"));
        Safetensors.write(folder.resolve("model.safetensors"), content);
        int[] ends = {
            tokenizer.special(BpeTokenizer.END), tokenizer.special(BpeTokenizer.END_OF_TURN)
        };
        json(folder.resolve("config.json"), config.toJson(ends, true));

        var generation = new JsonObject();
        generation.addProperty("bos_token_id", tokenizer.special(BpeTokenizer.BEGIN));
        var endTokens = new JsonArray();
        for (int end : ends) {
            endTokens.add(end);
        }
        generation.add("eos_token_id", endTokens);
        generation.addProperty("pad_token_id", tokenizer.special(BpeTokenizer.PAD));
        generation.addProperty("do_sample", false);
        json(folder.resolve("generation_config.json"), generation);

        tokenizer.save(folder.resolve("tokenizer.json"));
        tokenizer.saveConfig(
                folder.resolve("tokenizer_config.json"),
                Transcript.TEMPLATE,
                config.maxPositions());

        var special = new JsonObject();
        special.addProperty("bos_token", BpeTokenizer.BEGIN);
        special.addProperty("eos_token", BpeTokenizer.END);
        special.addProperty("pad_token", BpeTokenizer.PAD);
        json(folder.resolve("special_tokens_map.json"), special);

        var pictures = new JsonObject();
        pictures.addProperty("image_processor_type", "Step3VLImageProcessor");
        pictures.addProperty("image_size", config.vision().imageSize());
        pictures.addProperty("patch_size", NetworkSizes.CROP);
        pictures.addProperty("num_image_feature_size", config.imageFeatures());
        pictures.addProperty("num_patch_feature_size", config.imageFeatures(NetworkSizes.CROP));
        pictures.addProperty("enable_patch", true);
        json(folder.resolve("preprocessor_config.json"), pictures);
    }

    private Map<String, Safetensors.Tensor> tensors(float[] weights) {
        Map<String, List<Parameters.Part>> byName = new LinkedHashMap<>();
        for (Parameters.Part part : parameters.parts()) {
            byName.computeIfAbsent(part.name(), name -> new ArrayList<>()).add(part);
        }
        var tensors = new LinkedHashMap<String, Safetensors.Tensor>();
        byName.forEach(
                (name, parts) -> {
                    if (StoredPrecision.isFp8(parts.getFirst())) {
                        fp8(weights, name, parts, tensors);
                    } else {
                        Parameters.Part part = parts.getFirst();
                        int from = (int) part.offset();
                        float[] values =
                                java.util.Arrays.copyOfRange(
                                        weights, from, from + (int) part.shape().size());
                        tensors.put(
                                name,
                                Safetensors.Tensor.ofBfloat16(values, part.shape().getShape()));
                    }
                });
        return tensors;
    }

    private static void fp8(
            float[] weights,
            String name,
            List<Parameters.Part> experts,
            Map<String, Safetensors.Tensor> tensors) {
        Shape shape = experts.getFirst().shape();
        int rows = (int) shape.get(0);
        int columns = (int) shape.get(1);
        int down = Math.ceilDiv(rows, StoredPrecision.BLOCK);
        int across = Math.ceilDiv(columns, StoredPrecision.BLOCK);
        var codes = new byte[experts.size() * rows * columns];
        var scales = ByteBuffer.allocate(4 * experts.size() * down * across);
        scales.order(ByteOrder.LITTLE_ENDIAN);
        for (int expert = 0; expert < experts.size(); expert++) {
            int offset = (int) experts.get(expert).offset();
            var scale = new float[down * across];
            for (int i = 0; i < scale.length; i++) {
                int top = i / across * StoredPrecision.BLOCK;
                int left = i % across * StoredPrecision.BLOCK;
                scale[i] = StoredPrecision.blockScale(weights, offset, rows, columns, top, left);
                scales.putFloat(scale[i]);
            }
            for (int i = 0; i < rows * columns; i++) {
                int block =
                        i / columns / StoredPrecision.BLOCK * across
                                + i % columns / StoredPrecision.BLOCK;
                codes[expert * rows * columns + i] =
                        E4m3.encode(weights[offset + i] / scale[block]);
            }
        }
        tensors.put(
                name,
                new Safetensors.Tensor(
                        "F8_E4M3", new long[] {experts.size(), rows, columns}, codes));
        tensors.put(
                name + "_scale_inv",
                new Safetensors.Tensor(
                        "F32", new long[] {experts.size(), down, across}, scales.array()));
    }

    private static void json(Path file, JsonElement json) throws IOException {
        var gson = new GsonBuilder().disableHtmlEscaping().setPrettyPrinting().create();
        Files.writeString(file, gson.toJson(json) + "\n");
    }
}
