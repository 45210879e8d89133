package io.step3.cli;

import io.step3.chat.ImageSource;
import io.step3.checkpoint.DType;
import io.step3.checkpoint.SafetensorsWriter;
import io.step3.generate.PromptBuilder;
import io.step3.generate.Step3;
import io.step3.image.ProcessedImage;
import io.step3.model.Activations;
import io.step3.model.ForwardRecording;
import io.step3.model.ModelOptions;
import io.step3.model.Prompt;
import io.step3.model.Session;
import io.step3.model.Step3Model;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs one forward pass and writes what it computed, under the names of the golden files. */
@Command(
        name = "inspect",
        description = {
            "Run one forward pass and write every tensor of it to a safetensors file.",
            "",
            "T tokens, H hidden size, L layers, V vocabulary, E experts, K chosen, M mixture layers:",
            "input_ids, expanded_ids [T] int64; embeds [T,H]; hidden [L+1,T,H]; logits [T,V];",
            "router_ids [M,T,K] int32; router_weights [M,T,K]; router_probs [M,T,E];",
            "greedy_ids int64; with pictures pixels.base [N,3,S,S], pixels.crops [N,3,P,P]",
            "and vision.features [rows,H], for each picture its crops in order, then its base."
        },
        mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {

    private static final Pattern IDS = Pattern.compile("\\s*\\d{1,9}\\s*(,\\s*\\d{1,9}\\s*)*");

    @Mixin private ModelOption model;

    @ArgGroup(multiplicity = "1")
    private Input input;

    private static final class Input {
        @Option(
                names = "--ids",
                paramLabel = "1,2,3",
                description = "Token ids, with one image token for each picture.")
        private String ids;

        @Option(
                names = "--prompt",
                paramLabel = "TEXT",
                description =
                        "Text, taken as it is: no template, special tokens recognised, one"
                                + " <im_patch> for each picture.")
        private String prompt;
    }

    @Option(names = "--image", paramLabel = "FILE", description = "A picture. May be repeated.")
    private List<Path> images = List.of();

    @Option(
            names = "--greedy",
            paramLabel = "N",
            description = "Also write N greedy tokens; end tokens are written like others.")
    private int greedy;

    @Option(
            names = "--activations",
            paramLabel = "PRECISION",
            description =
                    "Inputs of fp8 layers: float32 (the default) or fp8, as servers on data-centre"
                            + " GPUs round them.")
    private Activations activations = Activations.FLOAT32;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FILE",
            description = "The safetensors file to write.")
    private Path out;

    /** For picocli. */
    InspectCommand() {}

    @Override
    public Integer call() throws IOException {
        if (greedy < 0) {
            throw new IllegalArgumentException("--greedy must be 0 or more, not " + greedy);
        }
        int[] ids = input.ids == null ? null : parseIds(input.ids);
        List<ImageSource> pictures = new ArrayList<>();
        for (Path image : images) {
            pictures.add(ImageSource.of(image));
        }
        var options = ModelOptions.DEFAULT.withActivations(activations);
        try (Step3 step3 = model.load(options);
                Arena arena = Arena.ofShared()) {
            PromptBuilder prompts = step3.prompts();
            if (ids == null) {
                ids = prompts.encode(input.prompt);
            }
            List<ProcessedImage> seen = prompts.see(pictures);
            Prompt prompt = prompts.expand(ids, seen);
            var recording =
                    new ForwardRecording(
                            arena, step3.model().checkpoint().config().text(), prompt.length());
            try (Session session = step3.model().newSession()) {
                session.read(prompt, () -> false, recording);
            }
            SafetensorsWriter writer = new SafetensorsWriter();
            writer.add("input_ids", DType.I64, List.of((long) ids.length), longs(arena, ids));
            writer.add(
                    "expanded_ids",
                    DType.I64,
                    List.of((long) prompt.length()),
                    longs(arena, prompt.ids()));
            recording.addTo(writer);
            if (greedy > 0) {
                int[] written = step3.greedy(prompt, greedy);
                writer.add(
                        "greedy_ids",
                        DType.I64,
                        List.of((long) written.length),
                        longs(arena, written));
            }
            if (!seen.isEmpty()) {
                addPictures(writer, arena, step3.model(), seen);
            }
            writer.write(out);
        }
        return 0;
    }

    private static int[] parseIds(String text) {
        if (!IDS.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "--ids takes whole numbers with commas between them, such as 1,2,3, not '%s'"
                            .formatted(text));
        }
        return Arrays.stream(text.split(","))
                .map(String::strip)
                .mapToInt(Integer::parseInt)
                .toArray();
    }

    private static void addPictures(
            SafetensorsWriter writer, Arena arena, Step3Model model, List<ProcessedImage> images) {
        long base = model.checkpoint().preprocessor().imageSize();
        long crop = model.checkpoint().preprocessor().patchSize();
        List<float[]> bases = images.stream().map(ProcessedImage::base).toList();
        List<float[]> crops = images.stream().flatMap(image -> image.crops().stream()).toList();
        addPixels(writer, arena, "pixels.base", bases, base);
        addPixels(writer, arena, "pixels.crops", crops, crop);
        long rows = images.stream().mapToLong(model::imageFeatures).sum();
        long hidden = model.checkpoint().config().text().hiddenSize();
        MemorySegment features = arena.allocate(ValueLayout.JAVA_FLOAT, rows * hidden);
        long at = 0;
        for (ProcessedImage image : images) {
            MemorySegment own = model.look(arena, image, () -> false);
            MemorySegment.copy(own, 0, features, at, own.byteSize());
            at += own.byteSize();
        }
        writer.add("vision.features", DType.F32, List.of(rows, hidden), features);
    }

    private static void addPixels(
            SafetensorsWriter writer, Arena arena, String name, List<float[]> pictures, long side) {
        long numbers = 3 * side * side;
        MemorySegment pixels =
                arena.allocate(ValueLayout.JAVA_FLOAT, Math.max(1, pictures.size() * numbers))
                        .asSlice(0, pictures.size() * numbers * Float.BYTES);
        for (int i = 0; i < pictures.size(); i++) {
            float[] picture = pictures.get(i);
            MemorySegment.copy(
                    picture,
                    0,
                    pixels,
                    ValueLayout.JAVA_FLOAT,
                    i * numbers * Float.BYTES,
                    picture.length);
        }
        writer.add(name, DType.F32, List.of((long) pictures.size(), 3L, side, side), pixels);
    }

    private static MemorySegment longs(Arena arena, int[] values) {
        return arena.allocateFrom(
                ValueLayout.JAVA_LONG, Arrays.stream(values).asLongStream().toArray());
    }
}
