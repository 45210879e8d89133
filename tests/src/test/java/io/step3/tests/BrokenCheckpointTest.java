package io.step3.tests;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints that are damaged in every way, as the command line tells of them. */
class BrokenCheckpointTest {

    @TempDir private Path folder;

    @BeforeEach
    void copyAGoodOne() throws IOException {
        try (Stream<Path> files = Files.list(Golden.checkpoint("b"))) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
    }

    private void assertRefused(String names) {
        CommandLineTest.assertRefused(names, "ask", "--model", folder.toString(), "hi");
    }

    private void edit(String file, String from, String to) throws IOException {
        Path path = folder.resolve(file);
        String text = Files.readString(path);
        if (!text.contains(from)) {
            throw new AssertionError(file + " has no " + from);
        }
        Files.writeString(path, text.replace(from, to));
    }

    /** Replaces a piece of the header by one of the same length. */
    private void editHeader(String from, String to) throws IOException {
        Path path = folder.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(path);
        int length = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        String header = new String(bytes, 8, length, StandardCharsets.UTF_8);
        if (!header.contains(from) || from.length() != to.length()) {
            throw new AssertionError("the header has no " + from + ", or the lengths differ");
        }
        byte[] edited = header.replace(from, to).getBytes(StandardCharsets.UTF_8);
        System.arraycopy(edited, 0, bytes, 8, edited.length);
        Files.write(path, bytes);
    }

    @Test
    void noFolder() throws IOException {
        CommandLineTest.assertRefused("nowhere", "ask", "--model", "nowhere", "hi");
    }

    @Test
    void anEmptyFolder() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        CommandLineTest.assertRefused("config.json", "ask", "--model", empty.toString(), "hi");
    }

    @Test
    void truncatedWeights() throws IOException {
        Path path = folder.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(path);
        Files.write(path, Arrays.copyOf(bytes, bytes.length - 1000));
        assertRefused("model.safetensors");
    }

    @Test
    void aHeaderLongerThanTheFile() throws IOException {
        Files.write(folder.resolve("model.safetensors"), new byte[] {-1, -1, -1, 0, 0, 0, 0, 0});
        assertRefused("model.safetensors");
    }

    @Test
    void aHeaderThatIsNoJson() throws IOException {
        editHeader("{\"", "{{");
        assertRefused("model.safetensors");
    }

    @Test
    void aTensorOfAnotherName() throws IOException {
        editHeader("model.norm.weight", "model.Norm.weight");
        assertRefused("model.norm.weight");
    }

    @Test
    void anUnknownArchitecture() throws IOException {
        edit("config.json", "step3_vl", "step4_vl");
        assertRefused("step4_vl");
    }

    @Test
    void anUnknownRopeScaling() throws IOException {
        edit(
                "config.json",
                "\"rope_theta\"",
                "\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 4}, \"rope_theta\"");
        assertRefused("rope_scaling");
    }

    @Test
    void aConfigThatAsksForOtherShapes() throws IOException {
        edit("config.json", "\"share_q_dim\": 96", "\"share_q_dim\": 95");
        assertRefused("q_proj");
    }

    @Test
    void aTokenizerWithMoreWordsThanTheModel() throws IOException {
        edit("tokenizer.json", "\"id\": 1023", "\"id\": 1024");
        assertRefused("tokenizer.json");
    }

    @Test
    void noTokenizer() throws IOException {
        Files.delete(folder.resolve("tokenizer.json"));
        assertRefused("tokenizer.json");
    }

    @Test
    void aChatTemplateThatIsNone() throws IOException {
        edit("tokenizer_config.json", "{%- macro", "{%- makro");
        assertRefused("tokenizer_config.json");
    }

    @Test
    void aMissingShard() throws IOException {
        Files.delete(folder.resolve("model.safetensors"));
        Files.copy(
                Golden.checkpoint("a").resolve("model.safetensors.index.json"),
                folder.resolve("model.safetensors.index.json"));
        assertRefused("model-0000");
    }

    @Test
    void aShardOutsideTheFolder() throws IOException {
        Files.delete(folder.resolve("model.safetensors"));
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"weight_map\": {\"model.norm.weight\": \"../secret.safetensors\"}}");
        assertRefused("secret.safetensors");
    }

    @Test
    void scalesThatAreNoNumbers() throws IOException {
        Path path = folder.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(path);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int length = (int) buffer.getLong(0);
        String header = new String(bytes, 8, length, StandardCharsets.UTF_8);
        String name = "model.layers.0.self_attn.q_proj.weight_scale_inv";
        String offsets = header.substring(header.indexOf("data_offsets", header.indexOf(name)));
        int start =
                Integer.parseInt(
                        offsets.substring(offsets.indexOf('[') + 1, offsets.indexOf(',')).strip());
        buffer.putFloat(8 + length + start, Float.NaN);
        Files.write(path, bytes);
        assertRefused(name);
    }

    @Test
    void aTokenizerThatItsLibraryCouldNotRun() throws IOException {
        edit(
                "tokenizer.json",
                "\"normalizer\": null",
                "\"normalizer\": {\"type\": \"Replace\", \"pattern\": {\"String\": \"\"}, \"content\": \"x\"}");
        assertRefused("normalizer");
    }

    /** As other programs write them; each says one thing. */
    @Test
    void whatIsWrittenInAnotherWayIsNotBroken() throws IOException {
        edit("config.json", "\"pad_token_id\": 2", "\"pad_token_id\": -1, \"x\": 1e99999999999");
        edit(
                "config.json",
                "\"moe_layers_enum\": \"1,2,3\"",
                "\"moe_layers_enum\": [\"1\",\"2\",\"3\"]");
        Files.writeString(
                folder.resolve("generation_config.json"),
                "{\"top_k\": -1, \"max_time\": Infinity}");
        CommandLineTest.assertAnswers(
                "ask", "--model", folder.toString(), "--max-tokens", "2", "hi");
    }
}
