package io.step3.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.step3.ops.Weight;
import io.step3.ops.WeightType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A checkpoint of the published model's sizes, in sparse files: the headers are as large as the
 * real ones, the data is all holes but for a few marks.
 */
class PublishedSizeTest {

    private static final int HIDDEN = 7168;
    private static final int WIDTH = 5120;
    private static final int EXPERTS = 48;

    @TempDir Path folder;

    private record Entry(String name, DType dtype, List<Long> shape) {
        long bytes() {
            return dtype.bytes(shape);
        }
    }

    @BeforeEach
    void needSparseFiles() throws IOException {
        Path probe = folder.resolve("probe");
        long before = Files.getFileStore(folder).getUsableSpace();
        long hole = 4L << 30;
        boolean sparse;
        try {
            writeSparse(probe, hole, new byte[0]);
            sparse = before - Files.getFileStore(folder).getUsableSpace() < hole / 2;
        } catch (IOException e) {
            sparse = false;
        }
        Files.deleteIfExists(probe);
        assumeTrue(sparse, "the file system of " + folder + " cannot hold sparse files of 4 GB");
    }

    private static void writeSparse(Path file, long size, byte[] start) throws IOException {
        try (var channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.SPARSE,
                        StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(start), 0);
            if (size > start.length) {
                channel.write(ByteBuffer.allocate(1), size - 1);
            }
        }
    }

    /** Writes the header and leaves the data a hole; gives where in the file each tensor begins. */
    private static Map<String, Long> writeShard(Path file, List<Entry> entries) throws IOException {
        var json = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        var offsets = new LinkedHashMap<String, Long>();
        long end = 0;
        for (Entry entry : entries) {
            offsets.put(entry.name, end);
            json.append(
                    ",\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                            .formatted(
                                    entry.name,
                                    entry.dtype,
                                    entry.shape,
                                    end,
                                    end + entry.bytes()));
            end += entry.bytes();
        }
        byte[] header = json.append('}').toString().getBytes(StandardCharsets.UTF_8);
        writeSparse(file, Long.BYTES + header.length + end, RawSafetensors.bytes(header, 0));
        offsets.replaceAll((name, offset) -> Long.BYTES + header.length + offset);
        return offsets;
    }

    private static void mark(Path file, long offset, byte[] bytes) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), offset);
        }
    }

    private static byte[] littleEndian(float value) {
        return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array();
    }

    @Test
    void anExpertTensorLongerThanTwoGigabytesIsReadAcrossTheBorder() throws IOException {
        Path file = folder.resolve("experts.safetensors");
        Entry experts =
                new Entry("e", DType.BF16, List.of((long) EXPERTS, (long) WIDTH, (long) HIDDEN));
        long start = writeShard(file, List.of(experts)).get("e");
        long elements = (long) EXPERTS * WIDTH * HIDDEN;
        assertEquals(1_761_607_680L, elements);
        long[] marked = {0, (1L << 30) - 1, 1L << 30, elements - 1};
        for (int i = 0; i < marked.length; i++) {
            mark(file, start + 2 * marked[i], new byte[] {(byte) (i + 1), 0x40});
        }
        try (Arena arena = Arena.ofShared()) {
            var data = SafetensorsFile.open(file, arena).tensor("e").data();
            assertEquals(2 * elements, data.byteSize());
            for (int i = 0; i < marked.length; i++) {
                short found = data.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * marked[i]);
                assertEquals(0x4000 + i + 1, found);
                assertEquals(
                        0,
                        data.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * Math.max(1, marked[i] - 2)));
            }
        }
    }

    @Test
    void theWholeModelOpensByItsHeadersAlone() throws IOException {
        Files.copy(
                GoldenCheckpointTest.GOLDEN.resolve("checkpoints/b/generation_config.json"),
                folder.resolve("generation_config.json"));
        TinyCheckpoint.config(
                folder,
                """
                {"architectures": ["Step3VLForConditionalGeneration"], "model_type": "step3_vl",
                 "understand_projector_stride": 2, "projector_bias": false,
                 "text_config": {"moe_layers_enum": "%s"},
                 "vision_config": {"intermediate_size": 15360},
                 "quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]}}
                """
                        .formatted(moeLayers()));
        var index = new ArrayList<String>();
        int shards = 0;
        Path lastMoe = null;
        Map<String, Long> lastOffsets = null;
        for (List<Entry> entries : publishedTensors()) {
            String name = "model-%05d.safetensors".formatted(++shards);
            Map<String, Long> offsets = writeShard(folder.resolve(name), entries);
            for (Entry entry : entries) {
                index.add(entry.name);
                index.add(name);
            }
            if (offsets.containsKey("model.layers.59.moe.down_proj.weight")) {
                lastMoe = folder.resolve(name);
                lastOffsets = offsets;
            }
        }
        TinyCheckpoint.index(folder, index.toArray(String[]::new));
        String experts = "model.layers.59.moe.down_proj.weight";
        long bytesOfExperts = (long) EXPERTS * WIDTH * HIDDEN;
        mark(lastMoe, lastOffsets.get(experts) + bytesOfExperts - 1, new byte[] {0x38});
        long lastScale = (EXPERTS * 56L * 40 - 1) * Float.BYTES;
        mark(lastMoe, lastOffsets.get(experts + "_scale_inv") + lastScale, littleEndian(0.5f));

        long begun = System.nanoTime();
        try (var checkpoint = Checkpoint.open(folder)) {
            long opened = System.nanoTime();
            Tensors tensors = checkpoint.tensors();
            Weight bound = tensors.experts(experts, EXPERTS, HIDDEN, WIDTH);
            long done = System.nanoTime();
            System.out.printf(
                    "%d tensors in %d shards, %.1f GB: opened in %d ms, one layer's experts bound in %d ms%n",
                    tensors.infos().size(),
                    shards,
                    tensors.bytes() / 1e9,
                    (opened - begun) / 1_000_000,
                    (done - opened) / 1_000_000);
            assertEquals(WeightType.F8_E4M3, bound.format().type());
            Weight last = bound.matrix(EXPERTS - 1);
            long elements = (long) HIDDEN * WIDTH;
            assertEquals(0x38, last.data().get(ValueLayout.JAVA_BYTE, elements - 1));
            float scale =
                    last.format()
                            .scales()
                            .get(
                                    ValueLayout.JAVA_FLOAT_UNALIGNED,
                                    last.format().scales().byteSize() - Float.BYTES);
            assertEquals(0.5f, scale);
            double billions = tensors.infos().stream().mapToLong(TensorInfo::elements).sum() / 1e9;
            assertEquals(321, billions, 2, "parameters in billions");
        }
    }

    static String moeLayers() {
        var layers = new ArrayList<String>();
        for (int layer = 4; layer < 60; layer++) {
            layers.add(Integer.toString(layer));
        }
        return String.join(",", layers);
    }

    /** Everything of the published fp8 model, a list for each shard. */
    private static List<List<Entry>> publishedTensors() {
        var shards = new ArrayList<List<Entry>>();
        shards.add(List.of(plain("model.embed_tokens.weight", 128815, HIDDEN)));
        for (int layer = 0; layer < 61; layer++) {
            shards.add(layer(layer, layer >= 4 && layer < 60));
        }
        shards.add(
                List.of(
                        plain("model.norm.weight", HIDDEN),
                        plain("lm_head.weight", 128815, HIDDEN)));
        for (int from = 0; from < 63; from += 9) {
            var vision = new ArrayList<Entry>();
            for (int layer = from; layer < from + 9; layer++) {
                String prefix = "vision_model.transformer.layers." + layer + ".";
                for (String norm : List.of("layer_norm1", "layer_norm2")) {
                    vision.add(plain(prefix + norm + ".weight", 1792));
                    vision.add(plain(prefix + norm + ".bias", 1792));
                }
                linear(vision, prefix + "self_attn.qkv_proj", 3 * 1792, 1792);
                linear(vision, prefix + "self_attn.out_proj", 1792, 1792);
                linear(vision, prefix + "mlp.fc1", 15360, 1792);
                linear(vision, prefix + "mlp.fc2", 1792, 15360);
            }
            shards.add(vision);
        }
        shards.add(
                List.of(
                        plain("vision_model.embeddings.class_embedding", 1, 1792),
                        plain("vision_model.embeddings.patch_embedding.weight", 1792, 3, 14, 14),
                        plain("vision_model.embeddings.patch_embedding.bias", 1792),
                        plain("vision_model.embeddings.position_embedding.weight", 2705, 1792),
                        plain("vit_downsampler.weight", 4096, 1792, 2, 2),
                        plain("vit_downsampler.bias", 4096),
                        plain("vit_downsampler2.weight", 8192, 4096, 3, 3),
                        plain("vit_downsampler2.bias", 8192),
                        plain("vit_large_projector.weight", HIDDEN, 8192)));
        return shards;
    }

    private static List<Entry> layer(int number, boolean moe) {
        String prefix = "model.layers." + number + ".";
        var layer = new ArrayList<Entry>();
        layer.add(plain(prefix + "input_layernorm.weight", HIDDEN));
        layer.add(plain(prefix + "post_attention_layernorm.weight", HIDDEN));
        layer.add(plain(prefix + "self_attn.inter_norm.weight", 2048));
        fp8(layer, prefix + "self_attn.q_proj", 2048, HIDDEN);
        fp8(layer, prefix + "self_attn.k_proj", 256, HIDDEN);
        fp8(layer, prefix + "self_attn.v_proj", 256, HIDDEN);
        fp8(layer, prefix + "self_attn.wq", 64 * 256, 2048);
        fp8(layer, prefix + "self_attn.o_proj", HIDDEN, 64 * 256);
        if (moe) {
            layer.add(plain(prefix + "moe.gate.weight", EXPERTS, HIDDEN));
            fp8(layer, prefix + "moe.gate_proj", EXPERTS, WIDTH, HIDDEN);
            fp8(layer, prefix + "moe.up_proj", EXPERTS, WIDTH, HIDDEN);
            fp8(layer, prefix + "moe.down_proj", EXPERTS, HIDDEN, WIDTH);
        }
        int width = moe ? WIDTH : 18432;
        String feedForward = prefix + (moe ? "share_expert." : "mlp.");
        fp8(layer, feedForward + "gate_proj", width, HIDDEN);
        fp8(layer, feedForward + "up_proj", width, HIDDEN);
        fp8(layer, feedForward + "down_proj", HIDDEN, width);
        return layer;
    }

    private static Entry plain(String name, long... shape) {
        return new Entry(name, DType.BF16, Arrays.stream(shape).boxed().toList());
    }

    private static void linear(List<Entry> entries, String name, long out, long in) {
        entries.add(plain(name + ".weight", out, in));
        entries.add(plain(name + ".bias", out));
    }

    private static void fp8(List<Entry> entries, String name, long... shape) {
        List<Long> weight = Arrays.stream(shape).boxed().toList();
        var blocks = new ArrayList<>(weight);
        for (int i = weight.size() - 2; i < weight.size(); i++) {
            blocks.set(i, Math.ceilDiv(weight.get(i), 128L));
        }
        entries.add(new Entry(name + ".weight", DType.F8_E4M3, weight));
        entries.add(new Entry(name + ".weight_scale_inv", DType.F32, blocks));
    }
}
