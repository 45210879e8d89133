package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.step3.checkpoint.Checkpoint;
import io.step3.model.Activations;
import io.step3.model.ForwardObserver;
import io.step3.model.ForwardRecording;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import io.step3.model.Prompt;
import io.step3.model.Session;
import io.step3.model.Step3Model;
import io.step3.ops.Backend;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The decoder against the golden files, with every implementation of the kernels. */
class TextParityTest {

    static Stream<KernelTiers.Tier> tiers() {
        return KernelTiers.all();
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void bfloat16WeightsMeetTheGoldenFiles(KernelTiers.Tier tier) {
        tier.with(backend -> everyPrompt("a", backend, ModelOptions.DEFAULT));
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void blockFp8WeightsMeetTheGoldenFiles(KernelTiers.Tier tier) {
        tier.with(backend -> everyPrompt("b", backend, ModelOptions.DEFAULT));
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void chunkedPrefillGivesTheSameNumbers(KernelTiers.Tier tier) {
        tier.with(
                backend -> {
                    int[] chunks = tier.isDevice() ? new int[] {7} : new int[] {1, 7, 64};
                    for (int chunk : chunks) {
                        for (String checkpoint : tier.checkpoints()) {
                            everyPrompt(
                                    checkpoint,
                                    backend,
                                    ModelOptions.DEFAULT.withPrefillChunk(chunk));
                        }
                    }
                });
    }

    private static void everyPrompt(String name, Backend backend, ModelOptions options) {
        try (Checkpoint checkpoint = Checkpoint.open(Golden.checkpoint(name));
                var model = new Step3Model(checkpoint, backend, options, LoadProgress.NONE)) {
            everyPrompt(name, model);
        }
    }

    /** One prompt of a golden checkpoint, with whatever computes. */
    static void onePrompt(String file, Step3Model model) {
        compare(file, model, Golden.tensors(file));
    }

    /** All prompts of a golden checkpoint, with whatever computes. */
    static void everyPrompt(String name, Step3Model model) {
        for (JsonElement prompt : prompts(name, "prompts")) {
            String file = "text/" + prompt.getAsJsonObject().get("file").getAsString();
            compare(file, model, Golden.tensors(file));
        }
    }

    private static void compare(String file, Step3Model model, Golden.Tensors golden) {
        int[] ids = golden.ints("input_ids");
        try (Session session = model.newSession();
                Arena arena = Arena.ofConfined()) {
            var seen = recording(arena, model, ids.length);
            session.read(Prompt.of(ids), () -> false, seen);
            assertEquals(ids.length, session.position());
            assertArrayEquals(golden.ints("greedy_ids"), greedy(session, 32), file + " greedy_ids");
            for (String name : List.of("hidden", "logits", "router_weights", "router_probs")) {
                Golden.assertClose(file, name, golden, seen, 1e-4);
            }
            assertArrayEquals(
                    golden.ints("router_ids"),
                    seen.tensor("router_ids").toArray(ValueLayout.JAVA_INT),
                    file + " router_ids");
        }
    }

    private static ForwardRecording recording(Arena arena, Step3Model model, int tokens) {
        return new ForwardRecording(arena, model.checkpoint().config().text(), tokens);
    }

    /** What the model writes if nothing stops it, from where the session stands. */
    private static int[] greedy(Session session, int count) {
        float[] logits = new float[session.vocabulary()];
        int[] written = new int[count];
        for (int i = 0; i < count; i++) {
            session.logits(logits);
            for (int id = 1; id < logits.length; id++) {
                written[i] = logits[id] > logits[written[i]] ? id : written[i];
            }
            session.append(written[i], ForwardObserver.NONE);
        }
        return written;
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void quantisedActivationsMeetTheGoldenFiles(KernelTiers.Tier tier) {
        tier.with(
                backend -> {
                    var options = ModelOptions.DEFAULT.withActivations(Activations.FP8);
                    try (Checkpoint checkpoint = Checkpoint.open(Golden.checkpoint("b"));
                            var model =
                                    new Step3Model(
                                            checkpoint, backend, options, LoadProgress.NONE)) {
                        for (JsonElement prompt : prompts("b", "w8a8")) {
                            compareQuantised(model, prompt.getAsJsonObject());
                        }
                    }
                });
    }

    /** The golden README says how closely: rounding to e4m3 breeds from layer to layer. */
    private static void compareQuantised(Step3Model model, JsonObject prompt) {
        String file = "text/" + prompt.get("file").getAsString();
        Golden.Tensors golden = Golden.tensors(file);
        int[] ids = golden.ints("input_ids");
        float[] expected = golden.floats("logits");
        float[] actual;
        try (Session session = model.newSession();
                Arena arena = Arena.ofConfined()) {
            var seen = recording(arena, model, ids.length);
            session.read(Prompt.of(ids), () -> false, seen);
            actual = seen.tensor("logits").toArray(ValueLayout.JAVA_FLOAT);
        }
        double sum = 0;
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = Math.abs((double) expected[i] - actual[i]);
            sum += difference;
            worst = Math.max(worst, difference);
        }
        if (prompt.get("exact").getAsBoolean()) {
            assertEquals(0, worst, 1e-3, file);
        } else {
            double allowed =
                    Math.max(0.5, 1.5 * prompt.get("mean_diff_to_weight_only").getAsDouble());
            assertEquals(0, sum / expected.length, allowed, file);
        }
    }

    private static Iterable<JsonElement> prompts(String name, String key) {
        return Golden.json("text/" + name + ".json").getAsJsonObject().getAsJsonArray(key);
    }
}
