package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.step3.generate.Step3;
import io.step3.model.ForwardObserver;
import io.step3.model.ModelOptions;
import io.step3.model.Prompt;
import io.step3.model.Reading;
import io.step3.model.Sequence;
import io.step3.model.Span;
import io.step3.model.Step3Model;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * All golden prompts of a checkpoint, those with pictures too, computed together: in every pass
 * some of them, in any order, some a piece of a prompt and some a token of an answer. Each writes
 * what the golden files say it writes alone.
 *
 * <p>Golden numbers come from elsewhere and are met within a tolerance, in company as alone; how
 * little company itself changes is measured beside the code of a pass.
 */
class CompanyParityTest {

    private static final long SEED = Long.getLong("step3.seed", 20261130);

    static Stream<KernelTiers.Tier> tiers() {
        return KernelTiers.all();
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void goldenPromptsInCompanyWriteWhatTheyWriteAlone(KernelTiers.Tier tier) {
        System.out.println(tier + ": seed " + SEED);
        tier.with(
                backend -> {
                    for (String checkpoint : tier.checkpoints()) {
                        try (Step3 step3 =
                                Step3.load(
                                        Golden.checkpoint(checkpoint),
                                        ModelOptions.DEFAULT,
                                        backend)) {
                            together(checkpoint, step3);
                        }
                    }
                });
    }

    /** All prompts of a golden checkpoint together, with whatever computes. */
    static void together(String checkpoint, Step3 step3) {
        together(step3.model(), answers(step3, checkpoint));
    }

    /** Some prompts without pictures together, each a golden file. */
    static void together(Step3Model model, String... files) {
        together(model, Stream.of(files).map(file -> answer(model, file)).toList());
    }

    private static Answer answer(Step3Model model, String file) {
        Golden.Tensors golden = Golden.tensors(file);
        Prompt ids = Prompt.of(golden.ints("input_ids"));
        return new Answer(model, ids, file, golden, golden.floats("logits"));
    }

    private static List<Answer> answers(Step3 step3, String checkpoint) {
        List<Answer> answers = new ArrayList<>();
        for (JsonElement prompt :
                Golden.json("text/" + checkpoint + ".json")
                        .getAsJsonObject()
                        .getAsJsonArray("prompts")) {
            String file = "text/" + prompt.getAsJsonObject().get("file").getAsString();
            answers.add(answer(step3.model(), file));
        }
        for (JsonElement element :
                Golden.json("multimodal/" + checkpoint + ".json").getAsJsonArray()) {
            JsonObject prompt = element.getAsJsonObject();
            String file = "multimodal/" + prompt.get("file").getAsString();
            Golden.Tensors golden = Golden.tensors(file);
            Prompt seen = PictureParityTest.prompt(step3, prompt);
            answers.add(
                    new Answer(step3.model(), seen, file, golden, golden.floats("last_logits")));
        }
        return answers;
    }

    private static void together(Step3Model model, List<Answer> answers) {
        Random random = new Random(SEED);
        try {
            List<Answer> waiting = new ArrayList<>(answers);
            while (!waiting.isEmpty()) {
                Collections.shuffle(waiting, random);
                List<Answer> some = waiting.subList(0, 1 + random.nextInt(waiting.size()));
                model.step(some.stream().map(answer -> answer.next(random)).toList());
                some.forEach(Answer::check);
                waiting.removeIf(Answer::isDone);
            }
        } finally {
            answers.forEach(Answer::close);
        }
    }

    /** An answer on its way. */
    private static final class Answer implements AutoCloseable {

        private final String file;
        private final int[] expected;

        /** {@code [vocabulary]}: of the prompt's last token. */
        private final float[] expectedLogits;

        private final float[] logits;
        private final Sequence sequence;
        private final Reading reading;
        private int written;

        /**
         * @param logits of some tokens, those of the prompt's last token at the end
         */
        Answer(
                Step3Model model,
                Prompt prompt,
                String file,
                Golden.Tensors golden,
                float[] logits) {
            this.file = file;
            this.expected = golden.ints("greedy_ids");
            this.logits = new float[model.vocabulary()];
            this.expectedLogits =
                    Arrays.copyOfRange(logits, logits.length - model.vocabulary(), logits.length);
            this.sequence = model.newSequence();
            this.reading = sequence.read(prompt);
            while (reading.hasUnseen()) {
                reading.look(() -> false);
            }
        }

        Span next(Random random) {
            return reading.left() > 0
                    ? reading.next(1 + random.nextInt(60), logits, ForwardObserver.NONE)
                    : sequence.next(expected[written++], logits, ForwardObserver.NONE);
        }

        void check() {
            if (reading.left() > 0 || isDone()) {
                return;
            }
            if (written == 0) {
                Golden.assertClose(file + " logits", expectedLogits, logits, 1e-4);
            }
            int largest = 0;
            for (int id = 1; id < logits.length; id++) {
                largest = logits[id] > logits[largest] ? id : largest;
            }
            assertEquals(expected[written], largest, file + ", token " + written);
        }

        boolean isDone() {
            return written == expected.length;
        }

        @Override
        public void close() {
            reading.close();
            sequence.close();
        }
    }
}
