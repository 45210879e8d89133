package io.step3.checkpoint;

import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * How the model's makers let it generate ({@code generation_config.json}). What the file leaves out
 * is off; token ids that it leaves out are those of {@code config.json}.
 *
 * @param ids which tokens begin and end a text
 * @param doSample whether to sample; otherwise the most probable token is taken
 * @param temperature divides the logits, 1 if absent; 0 takes the most probable token
 * @param topK keep that many tokens, 0 (absent, or -1 in the file) for all
 * @param topP keep the most probable tokens up to this sum, 1 (absent) for all
 * @param minP drop tokens below this part of the most probable one, 0 (absent) for none
 * @param repetitionPenalty of tokens that were there before, 1 (absent) for none
 * @param maxNewTokens how many at most, if said
 */
public record GenerationConfig(
        TokenIds ids,
        boolean doSample,
        float temperature,
        int topK,
        float topP,
        float minP,
        float repetitionPenalty,
        OptionalInt maxNewTokens) {

    static final String FILE_NAME = "generation_config.json";

    static GenerationConfig read(Path folder, Step3Config model) {
        ConfigObject config = ConfigObject.readIfPresent(folder.resolve(FILE_NAME));
        return new GenerationConfig(
                TokenIds.parse(config, model.text().vocabSize(), model.ids()),
                config.flag("do_sample", false),
                (float) config.number("temperature", 1, 0, true, 100),
                Math.max(0, config.integer("top_k", 0, -1, Integer.MAX_VALUE)),
                (float) config.number("top_p", 1, 0, false, 1),
                (float) config.number("min_p", 0, 0, true, 1),
                (float) config.number("repetition_penalty", 1, 0, false, 100),
                config.value("max_new_tokens").isPresent()
                        ? OptionalInt.of(config.integer("max_new_tokens", 0, 1, Integer.MAX_VALUE))
                        : OptionalInt.empty());
    }
}
