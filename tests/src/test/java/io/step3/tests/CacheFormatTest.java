package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.step3.generate.Step3;
import io.step3.model.ForwardObserver;
import io.step3.model.ModelOptions;
import io.step3.model.Prompt;
import io.step3.model.Session;
import io.step3.model.Step3Model;
import io.step3.ops.KvFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How far caches of fewer bytes are from the golden files: with bfloat16 every golden answer stays
 * as it is, token by token; with fp8 the numbers stay near.
 */
class CacheFormatTest {

    /** Of the largest logit; measured 0.006. */
    private static final double NEAR = 0.01;

    /** Of the largest logit, where keys and values keep three bits more. */
    private static final double NEAR_F16 = 0.001;

    /** Of a logit, in the mean over an answer; measured 0.3, where logits reach 30. */
    private static final double FP8_MEAN = 0.5;

    /** Of 32 tokens; measured 29 once, otherwise 31 or 32. */
    private static final int FP8_SAME = 28;

    static Stream<KernelTiers.Tier> tiers() {
        return KernelTiers.all();
    }

    private interface Check {
        void of(Step3Model model, String file, Prompt prompt, int[] greedy, float[] logits);
    }

    private static void everyPrompt(KernelTiers.Tier tier, KvFormat format, Check check) {
        var options = ModelOptions.DEFAULT.withCacheFormat(format);
        tier.with(
                kernels -> {
                    for (String checkpoint : tier.checkpoints()) {
                        try (Step3 step3 =
                                Step3.load(Golden.checkpoint(checkpoint), options, kernels)) {
                            everyPrompt(step3, checkpoint, check);
                            if (!tier.isDevice()) {
                                everyPicture(step3, checkpoint, check);
                            }
                        }
                    }
                });
    }

    private static void everyPrompt(Step3 step3, String checkpoint, Check check) {
        JsonObject texts = Golden.json("text/" + checkpoint + ".json").getAsJsonObject();
        for (JsonElement one : texts.getAsJsonArray("prompts")) {
            String file = "text/" + one.getAsJsonObject().get("file").getAsString();
            Golden.Tensors golden = Golden.tensors(file);
            Prompt prompt = Prompt.of(golden.ints("input_ids"));
            check(step3, check, file, prompt, golden, golden.floats("logits"));
        }
    }

    private static void everyPicture(Step3 step3, String checkpoint, Check check) {
        for (JsonElement one : Golden.json("multimodal/" + checkpoint + ".json").getAsJsonArray()) {
            String file = "multimodal/" + one.getAsJsonObject().get("file").getAsString();
            Golden.Tensors golden = Golden.tensors(file);
            Prompt prompt = PictureParityTest.prompt(step3, one.getAsJsonObject());
            check(step3, check, file, prompt, golden, golden.floats("last_logits"));
        }
    }

    private static void check(
            Step3 step3,
            Check check,
            String file,
            Prompt prompt,
            Golden.Tensors golden,
            float[] logits) {
        int words = step3.model().vocabulary();
        float[] last = Arrays.copyOfRange(logits, logits.length - words, logits.length);
        check.of(step3.model(), file, prompt, golden.ints("greedy_ids"), last);
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void bfloat16CachesChangeNoGoldenToken(KernelTiers.Tier tier) {
        changeNoToken(tier, KvFormat.BF16, NEAR);
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void float16CachesChangeNoGoldenToken(KernelTiers.Tier tier) {
        changeNoToken(tier, KvFormat.F16, NEAR_F16);
    }

    private static void changeNoToken(KernelTiers.Tier tier, KvFormat format, double near) {
        everyPrompt(
                tier,
                format,
                (model, file, prompt, greedy, expected) -> {
                    float[] logits = new float[model.vocabulary()];
                    try (Session session = model.newSession()) {
                        session.read(prompt, () -> false, ForwardObserver.NONE);
                        session.logits(logits);
                        Golden.assertClose(file + " logits", expected, logits, near);
                        int[] written = new int[greedy.length];
                        for (int i = 0; i < written.length; i++) {
                            written[i] = largest(logits);
                            session.append(written[i], ForwardObserver.NONE);
                            session.logits(logits);
                        }
                        assertArrayEquals(greedy, written, file);
                    }
                });
    }

    /** Where a router's choice turns, a token's numbers jump: so it is the mean that is near. */
    @ParameterizedTest
    @MethodSource("tiers")
    void fp8CachesStayNearAndSeldomChangeAToken(KernelTiers.Tier tier) {
        Map<String, List<float[]>> exact = new HashMap<>();
        everyPrompt(
                tier,
                KvFormat.F32,
                (model, file, prompt, greedy, _) -> exact.put(file, told(model, prompt, greedy)));
        everyPrompt(
                tier,
                KvFormat.F8_E4M3,
                (model, file, prompt, greedy, _) -> {
                    List<float[]> near = told(model, prompt, greedy);
                    double sum = 0;
                    int same = 0;
                    for (int i = 0; i < greedy.length; i++) {
                        for (int id = 0; id < model.vocabulary(); id++) {
                            sum += Math.abs(exact.get(file).get(i)[id] - near.get(i)[id]);
                        }
                        same += largest(near.get(i)) == greedy[i] ? 1 : 0;
                    }
                    assertEquals(0, sum / greedy.length / model.vocabulary(), FP8_MEAN, file);
                    assertTrue(same >= FP8_SAME, file + ": " + same + " of 32 tokens");
                });
    }

    /** Logits before each token of an answer that is told. */
    private static List<float[]> told(Step3Model model, Prompt prompt, int[] answer) {
        List<float[]> logits = new ArrayList<>();
        try (Session session = model.newSession()) {
            session.read(prompt, () -> false, ForwardObserver.NONE);
            for (int token : answer) {
                logits.add(new float[model.vocabulary()]);
                session.logits(logits.getLast());
                session.append(token, ForwardObserver.NONE);
            }
        }
        return logits;
    }

    private static int largest(float[] logits) {
        int largest = 0;
        for (int id = 1; id < logits.length; id++) {
            largest = logits[id] > logits[largest] ? id : largest;
        }
        return largest;
    }

    @Test
    void aTokenTakesHalfOrALittleMoreThanAQuarterOfTheBytes() {
        int[] ids = Golden.tensors("text/a-len33.safetensors").ints("input_ids");
        for (KvFormat format : KvFormat.values()) {
            var options = ModelOptions.DEFAULT.withCacheFormat(format);
            new KernelTiers.Tier("java")
                    .with(
                            kernels -> {
                                try (Step3 step3 =
                                                Step3.load(
                                                        Golden.checkpoint("a"), options, kernels);
                                        Session session = step3.model().newSession()) {
                                    session.read(Prompt.of(ids), () -> false, ForwardObserver.NONE);
                                    // 5 layers of a key and a value of 32 numbers.
                                    int row =
                                            switch (format) {
                                                case F32 -> 128;
                                                case BF16, F16 -> 64;
                                                case F8_E4M3 -> 36;
                                            };
                                    assertEquals(33L * 5 * 2 * row, session.bytes());
                                }
                            });
        }
    }
}
