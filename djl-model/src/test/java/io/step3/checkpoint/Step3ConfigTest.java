package io.step3.checkpoint;

import static io.step3.checkpoint.GoldenCheckpointTest.GOLDEN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Step3ConfigTest {

    @TempDir Path folder;

    private Step3Config read(String json) throws IOException {
        return Step3Config.read(TinyCheckpoint.config(folder, json));
    }

    private void refused(String json, Object... named) throws IOException {
        Path file = TinyCheckpoint.config(folder, json);
        Refusal.of(() -> Step3Config.read(file), file);
        Refusal.of(() -> Step3Config.read(file), named);
    }

    private static String text(String keys) {
        return "{\"model_type\":\"step3_text\"" + (keys.isEmpty() ? "" : ",") + keys + "}";
    }

    private static String whole(String text, String vision, String keys) {
        return "{\"model_type\":\"step3_vl\",\"text_config\":{%s},\"vision_config\":{%s}%s%s}"
                .formatted(text, vision, keys.isEmpty() ? "" : ",", keys);
    }

    @Test
    void moeLayersAreTheGoldenOnes() throws IOException {
        String json = Files.readString(GOLDEN.resolve("config/moe_layers.json"));
        for (JsonElement element : JsonParser.parseString(json).getAsJsonArray()) {
            JsonObject given = element.getAsJsonObject();
            Set<Integer> expected =
                    given.remove("moe_layers").getAsJsonArray().asList().stream()
                            .map(JsonElement::getAsInt)
                            .collect(Collectors.toSet());
            given.addProperty("model_type", "step3_text");
            TextConfig text = read(given.toString()).text();
            assertEquals(expected, text.moeLayers(), given::toString);
            for (int layer = 0; layer < text.numHiddenLayers(); layer++) {
                assertEquals(expected.contains(layer), text.isMoe(layer));
            }
        }
    }

    @Test
    void absentKeysHaveThePublishedValues() throws IOException {
        Step3Config config = read(whole("", "", ""));
        TextConfig text = config.text();
        assertEquals(128815, text.vocabSize());
        assertEquals(7168, text.hiddenSize());
        assertEquals(18432, text.intermediateSize());
        assertEquals(61, text.numHiddenLayers());
        assertEquals(64, text.numAttentionHeads());
        assertEquals(256, text.headDim());
        assertEquals(2048, text.shareQDim());
        assertEquals(1e-5f, text.rmsNormEps());
        assertEquals(500_000, text.ropeTheta());
        assertEquals(65536, text.maxPositions());
        assertEquals(IntStream.range(1, 61).boxed().collect(Collectors.toSet()), text.moeLayers());
        assertEquals(48, text.moeNumExperts());
        assertEquals(3, text.moeTopK());
        assertEquals(5120, text.moeIntermediateSize());
        assertEquals(5120, text.shareExpertDim());
        assertFalse(text.normExpertWeight());
        VisionConfig vision = config.vision().orElseThrow();
        assertEquals(new VisionConfig(1792, 3072, 4096, 63, 16, 3, 728, 14, 1e-5f), vision);
        assertEquals(52, vision.grid());
        assertEquals(128001, config.imageTokenId());
        assertFalse(config.tieWordEmbeddings());
        assertEquals(new QuantizationConfig(128, 128), config.quantization());
        assertEquals(TokenIds.NONE, config.ids());
    }

    @Test
    void aTextOnlyModelHasItsKeysAtTheTop() throws IOException {
        Step3Config config = read(text("\"hidden_size\":64,\"tie_word_embeddings\":true"));
        assertTrue(config.vision().isEmpty());
        assertEquals(64, config.text().hiddenSize());
        assertTrue(config.tieWordEmbeddings());
        assertTrue(read("{\"architectures\":[\"Step3TextForCausalLM\"]}").vision().isEmpty());
    }

    @Test
    void anotherModelIsRefusedByName() throws IOException {
        refused("{\"model_type\":\"llama\"}", "\"llama\"", "Step3VLForConditionalGeneration");
        refused("{\"architectures\":[\"LlamaForCausalLM\"]}", "\"LlamaForCausalLM\"", "step3_text");
        refused("{}", "model_type", "step3_vl");
        refused("{\"architectures\":[]}", "architectures");
        refused("{\"architectures\":[7]}", "7");
        refused("{\"model_type\":7}", "model_type");
        refused(whole("\"model_type\":\"qwen2\"", "", ""), "text_config.model_type", "qwen2");
        refused("{\"model_type\":\"step3_vl\",\"vision_config\":{}}", "text_config");
        refused("{\"model_type\":\"step3_vl\",\"text_config\":{}}", "vision_config");
        refused("{\"model_type\":\"step3_vl\",\"text_config\":[]}", "text_config");
    }

    @Test
    void positionsMayBeNamedInThreeWays() throws IOException {
        String all = "\"max_position_embedding\":7,\"max_position_embeddings\":8,\"max_seq_len\":9";
        assertEquals(7, read(text(all)).text().maxPositions());
        String two = "\"max_position_embedding\":null,\"max_position_embeddings\":8";
        assertEquals(8, read(text(two)).text().maxPositions());
        assertEquals(9, read(text("\"max_seq_len\":9")).text().maxPositions());
        refused(text("\"max_seq_len\":0"), "max_seq_len");
    }

    @Test
    void ropeScalingIsRefusedUnlessThereIsNone() throws IOException {
        for (String none : List.of("null", "{}", "{\"type\":\"default\"}")) {
            assertEquals(500_000, read(text("\"rope_scaling\":" + none)).text().ropeTheta());
        }
        refused(text("\"rope_scaling\":{\"rope_type\":\"yarn\"}"), "rope_scaling", "\"yarn\"");
        refused(text("\"rope_scaling\":{\"type\":\"linear\"}"), "rope_scaling", "\"linear\"");
        refused(text("\"rope_scaling\":{\"factor\":4}"), "rope_scaling", "unknown");
        refused(text("\"rope_scaling\":\"yarn\""), "rope_scaling");
        String parameters = "\"rope_parameters\":{\"rope_theta\":%s,\"rope_type\":\"%s\"}";
        assertEquals(1234, read(text(parameters.formatted("1234", "default"))).text().ropeTheta());
        refused(text(parameters.formatted("1234", "llama3")), "rope_parameters", "\"llama3\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "hidden_size | 0",
                "hidden_size | -1",
                "hidden_size | 1.5",
                "hidden_size | \"7\"",
                "hidden_size | true",
                "hidden_size | [1]",
                "hidden_size | 2147483648",
                "hidden_size | 1e999999999",
                "hidden_size | 1e-999999999",
                "vocab_size | 0",
                "intermediate_size | 0",
                "num_hidden_layers | 0",
                "num_hidden_layers | 100000",
                "num_attention_heads | 0",
                "num_attention_groups | 8",
                "head_dim | 31",
                "head_dim | 0",
                "share_q_dim | 0",
                "rms_norm_eps | 0",
                "rms_norm_eps | -1",
                "rms_norm_eps | \"x\"",
                "rope_theta | 0",
                "rope_theta | 1e400",
                "moe_num_experts | 0",
                "moe_top_k | 49",
                "moe_top_k | 0",
                "moe_intermediate_size | 0",
                "share_expert_dim | 0",
                "norm_expert_weight | \"false\"",
                "norm_expert_weight | 0",
                "hidden_act | \"gelu\"",
                "moe_layers_enum | \"61\"",
                "moe_layers_enum | [61]",
                "moe_layers_enum | [-1]",
                "moe_layers_enum | \"4,,5\"",
                "moe_layers_enum | \"\"",
                "moe_layers_enum | \"4-59\"",
                "moe_layers_enum | \"99999999999999\"",
                "moe_layers_enum | 4",
                "moe_layers_enum | [\"4,5\"]",
                "moe_layers_enum | [\"61\"]",
                "hidden_size | 1e99999999999",
                "eos_token_id | -2",
                "tie_word_embeddings | 1",
                "eos_token_id | 128815",
                "eos_token_id | [1,-1]",
                "eos_token_id | \"0\"",
                "quantization_config | []",
            })
    void aTextValueOutOfRangeIsRefusedByKey(String key, String value) throws IOException {
        String entry = "\"%s\":%s".formatted(key, value);
        refused(text(entry), "config.json: " + key);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "hidden_size | 100",
                "hidden_size | 0",
                "num_attention_heads | 0",
                "num_channels | 1",
                "image_size | 100",
                "image_size | 1000000",
                "patch_size | 0",
                "layer_norm_eps | 0",
                "hidden_act | \"gelu\"",
            })
    void aVisionValueOutOfRangeIsRefusedByKey(String key, String value) throws IOException {
        refused(whole("", "\"%s\":%s".formatted(key, value), ""), "vision_config." + key);
    }

    @Test
    void whatPicturesNeedIsChecked() throws IOException {
        refused(whole("\"vocab_size\":1000", "", ""), "image_token_id is 128001", "1000");
        refused(whole("", "", "\"image_token_id\":-1"), "image_token_id");
        refused(whole("", "", "\"understand_projector_stride\":0"), "understand_projector_stride");
        refused(whole("", "", "\"projector_bias\":\"false\""), "projector_bias");
    }

    @Test
    void anotherQuantisationIsRefusedByName() throws IOException {
        String quantization = "\"quantization_config\":{%s}";
        refused(text(quantization.formatted("\"quant_method\":\"gptq\"")), "\"gptq\"", "fp8");
        refused(text(quantization.formatted("\"fmt\":\"e5m2\"")), "\"e5m2\"", "e4m3");
        for (String block : List.of("[128]", "128", "[0,128]", "[128,1.5]", "[128,1e9]")) {
            refused(
                    text(quantization.formatted("\"weight_block_size\":" + block)),
                    "quantization_config.weight_block_size");
        }
    }

    @Test
    void aConfigurationThatIsNotJsonIsRefused() throws IOException {
        refused("", "config.json");
        refused("{", "not valid JSON");
        refused("{} x", "not valid JSON");
        refused("[]", "must hold a JSON object");
        refused("{\"a\":1,\"a\":2}", "the key \"a\" twice");
        refused("{\"a\":" + "[".repeat(1_000_000), "not valid JSON");
        refused("{\"a\":" + "1".repeat(1000) + "}", "1000 digits");
        refused("{\"a\":\"" + "x".repeat(5 << 20) + "\"}", "longer than");
        Files.delete(folder.resolve("config.json"));
        Refusal.of(() -> Step3Config.read(folder.resolve("config.json")), "missing");
    }

    @Test
    void numbersMayHaveExponentsAndKeysThatNobodyReadsAnyValue() throws IOException {
        Step3Config config =
                read(
                        text(
                                "\"hidden_size\":1e2,\"vocab_size\":128815.0,\"rope_theta\":5E+5,"
                                        + "\"x\":1e99999999999,\"y\":-1e-99999999999,\"z\":1e999999999,"
                                        + "\"a\":NaN,\"b\":[Infinity,-Infinity],\"c\":\"NaN \\\" NaN\""));
        assertEquals(100, config.text().hiddenSize());
        assertEquals(128815, config.text().vocabSize());
        assertEquals(500_000, config.text().ropeTheta());
    }

    @Test
    void aByteOrderMarkIsSkipped() throws IOException {
        assertEquals(64, read("\uFEFF" + text("\"hidden_size\":64")).text().hiddenSize());
    }

    @Test
    void minusOneIsNoToken() throws IOException {
        Step3Config config = read(whole("\"eos_token_id\":3", "", "\"eos_token_id\":-1"));
        assertEquals(Set.of(), config.ids().eos());
        Files.writeString(
                folder.resolve("generation_config.json"),
                "{\"top_k\":-1,\"eos_token_id\":-1,\"max_time\":Infinity,\"x\":NaN}");
        GenerationConfig generation = GenerationConfig.read(folder, config);
        assertEquals(0, generation.topK());
        assertEquals(Set.of(), generation.ids().eos());
    }

    @Test
    void layersWithExpertsMayBeWrittenAsTexts() throws IOException {
        for (String layers : List.of("[\"1\",\" 2 \",3]", "\"1, 2,3\"", "[1,2.0,3]")) {
            assertEquals(
                    Set.of(1, 2, 3),
                    read(text("\"moe_layers_enum\":" + layers)).text().moeLayers());
        }
    }

    @Test
    void aSquareMayBeWrittenAsHeightAndWidth() throws IOException {
        for (String side : List.of("{\"height\":728,\"width\":728}", "[728,728]", "728")) {
            Step3Config config = read(whole("", "\"image_size\":" + side, ""));
            assertEquals(728, config.vision().orElseThrow().imageSize());
            Files.writeString(
                    folder.resolve("preprocessor_config.json"), "{\"image_size\":" + side + "}");
            assertEquals(728, PreprocessorConfig.read(folder).imageSize());
        }
        for (String side :
                List.of(
                        "{\"height\":728,\"width\":714}",
                        "{\"height\":728}",
                        "{}",
                        "[728,714]",
                        "[1]")) {
            refused(whole("", "\"image_size\":" + side, ""), "vision_config.image_size");
        }
    }

    @Test
    void picturesLargerThanAnyThatIsMadeAreRefusedOnOpening() throws IOException {
        Path file = folder.resolve("preprocessor_config.json");
        Files.writeString(file, "{\"image_size\":9002}");
        Refusal.of(() -> PreprocessorConfig.read(folder), file, "image_size", "8192");
    }

    @Test
    void theListsOfARecordCannotBeChanged() throws IOException {
        Step3Config config = read(text("\"eos_token_id\":[1,2]"));
        assertThrows(
                UnsupportedOperationException.class, () -> config.text().moeLayers().remove(1));
        assertThrows(UnsupportedOperationException.class, () -> config.ids().eos().remove(1));
    }

    @Test
    void generationTakesWhatItLacksFromTheConfiguration() throws IOException {
        Step3Config config = read(whole("\"eos_token_id\":6", "", "\"eos_token_id\":7"));
        GenerationConfig absent = GenerationConfig.read(folder, config);
        assertEquals(Set.of(7), absent.ids().eos());
        assertEquals(
                new GenerationConfig(absent.ids(), false, 1, 0, 1, 0, 1, OptionalInt.empty()),
                absent);
        Files.writeString(
                folder.resolve("generation_config.json"),
                """
                {"eos_token_id": [8, 9], "do_sample": true, "temperature": 0.6, "top_k": 20,
                 "top_p": 0.95, "min_p": 0.05, "repetition_penalty": 1.1, "max_new_tokens": 99}
                """);
        GenerationConfig read = GenerationConfig.read(folder, config);
        assertEquals(
                new GenerationConfig(
                        new TokenIds(new TreeSet<>(Set.of(8, 9))),
                        true,
                        0.6f,
                        20,
                        0.95f,
                        0.05f,
                        1.1f,
                        OptionalInt.of(99)),
                read);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "temperature | -1",
                "top_k | -2",
                "temperature | NaN",
                "top_p | Infinity",
                "repetition_penalty | -Infinity",
                "temperature | 1e99999999999",
                "top_p | 0",
                "top_p | 1.5",
                "min_p | -0.1",
                "repetition_penalty | 0",
                "max_new_tokens | 0",
                "do_sample | 1",
                "eos_token_id | [999999]",
            })
    void aGenerationValueOutOfRangeIsRefusedByKey(String key, String value) throws IOException {
        Step3Config config = read(text(""));
        Path file = folder.resolve("generation_config.json");
        Files.writeString(file, "{\"%s\":%s}".formatted(key, value));
        Refusal.of(() -> GenerationConfig.read(folder, config), file, key);
    }

    @Test
    void picturesHaveThePublishedSizesUnlessTheFileSaysOtherwise() throws IOException {
        VisionConfig vision = read(whole("", "", "")).vision().orElseThrow();
        assertEquals(new PreprocessorConfig(728, 504), PreprocessorConfig.read(folder));
        PreprocessorConfig.read(folder).check(folder, vision);
        Path file = folder.resolve("preprocessor_config.json");
        Files.writeString(file, "{\"image_size\":28,\"patch_size\":100}");
        PreprocessorConfig sizes = PreprocessorConfig.read(folder);
        assertEquals(new PreprocessorConfig(28, 100), sizes);
        Refusal.of(() -> sizes.check(folder, vision), file, "100", "14");
        Refusal.of(() -> new PreprocessorConfig(14, 28).check(folder, vision), file, "14");
        Files.writeString(file, "{\"image_size\":0}");
        Refusal.of(() -> PreprocessorConfig.read(folder), file, "image_size");
    }
}
