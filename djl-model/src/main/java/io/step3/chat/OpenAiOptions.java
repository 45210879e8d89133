package io.step3.chat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a request beside its conversation: how tokens are chosen, how long is thought, when
 * to stop, and what cannot be honoured and is refused by its name.
 *
 * <p>Fields that change nothing of an answer's words, such as {@code user}, {@code store} or {@code
 * prompt_cache_key}, are ignored, and so are unknown ones. {@code reasoning_effort} is {@code none}
 * for no thought; the model knows no levels, so that the others leave it as it is.
 */
final class OpenAiOptions {

    private static final int MAX_BIASES = 1024;

    /** They would change the answer, and nothing here can do it. */
    private static final List<String> UNSUPPORTED =
            List.of(
                    "audio",
                    "web_search_options",
                    "structured_outputs",
                    "guided_json",
                    "guided_regex",
                    "guided_choice",
                    "guided_grammar",
                    "guided_decoding_backend",
                    "json_schema",
                    "grammar",
                    "regex",
                    "prompt_logprobs",
                    "echo",
                    "use_beam_search",
                    "logits_processors",
                    "bad_words",
                    "allowed_token_ids",
                    "stop_token_ids",
                    "include_stop_str_in_output",
                    "truncate_prompt_tokens",
                    "chat_template",
                    "documents");

    private static final List<String> EFFORTS =
            List.of("none", "minimal", "low", "medium", "high", "xhigh", "max");

    private OpenAiOptions() {}

    static void refuseWhatWeCannot(JsonPath root) {
        for (String name : List.of("n", "best_of")) {
            if (root.get(name).map(JsonPath::integer).orElse(1) != 1) {
                throw new FieldException(
                        name, name + " must be 1: one answer is given to a request.");
            }
        }
        root.get("response_format")
                .map(format -> format.require("type").string())
                .filter(type -> !type.equals("text"))
                .ifPresent(
                        type -> {
                            throw new FieldException(
                                    "response_format",
                                    "response_format must be of type text, not " + type + ".");
                        });
        for (String old : List.of("functions", "function_call")) {
            if (says(root, old)) {
                throw new FieldException(old, old + " is out of use: use tools.");
            }
        }
        for (JsonPath modality :
                root.get("modalities").map(JsonPath::items).orElse(List.<JsonPath>of())) {
            if (!modality.string().equals("text")) {
                throw new FieldException("modalities", "modalities can be text only.");
            }
        }
        for (String name : UNSUPPORTED) {
            if (says(root, name)) {
                throw new FieldException(name, name + " is not supported: leave it out.");
            }
        }
        if (root.get("length_penalty").map(JsonPath::number).orElse(1.0) != 1) {
            throw new FieldException(
                    "length_penalty", "length_penalty must be 1: beams are not searched.");
        }
    }

    /** A call that must be made; null where the model decides. */
    private static @Nullable ForcedCall forced(JsonPath choice) {
        if (choice.isString()) {
            return switch (choice.string()) {
                case "auto", "none" -> null;
                case "required" -> ForcedCall.ANY;
                default -> throw notAChoice(choice);
            };
        }
        if (!choice.require("type").string().equals("function")) {
            throw notAChoice(choice);
        }
        return ForcedCall.of(choice.require("function").require("name").string());
    }

    private static FieldException notAChoice(JsonPath choice) {
        return choice.refuse("tool_choice must be auto, none, required or a function by its name.");
    }

    /** Whether a field is there and asks for something. */
    private static boolean says(JsonPath root, String name) {
        JsonElement value = root.get(name).map(JsonPath::value).orElse(null);
        return switch (value) {
            case null -> false;
            case JsonArray array -> !array.isEmpty();
            case JsonObject object -> !object.isEmpty();
            case JsonPrimitive flag when flag.isBoolean() -> flag.getAsBoolean();
            case JsonPrimitive text when text.isString() -> !text.getAsString().isEmpty();
            default -> true;
        };
    }

    static SamplingOptions sampling(JsonPath root) {
        boolean logprobs = flag(root, "logprobs").orElse(false);
        Integer alternatives = root.get("top_logprobs").map(JsonPath::integer).orElse(null);
        if (alternatives != null && !logprobs) {
            throw new FieldException("top_logprobs", "top_logprobs needs logprobs to be true.");
        }
        boolean ignoresEnd = flag(root, "ignore_eos").orElse(false);
        return SamplingOptions.builder()
                .temperature(number(root, "temperature"))
                .topK(unlimited(root, "top_k").map(k -> k == -1 ? 0 : k).orElse(null))
                // The smallest mass is that of the most probable token.
                .topP(
                        root.get("top_p")
                                .map(JsonPath::number)
                                .map(mass -> mass == 0 ? Double.MIN_VALUE : mass)
                                .orElse(null))
                .minP(number(root, "min_p"))
                .repetitionPenalty(number(root, "repetition_penalty"))
                .presencePenalty(number(root, "presence_penalty"))
                .frequencyPenalty(number(root, "frequency_penalty"))
                .logitBias(root.get("logit_bias").map(OpenAiOptions::bias).orElse(Map.of()))
                .seed(root.get("seed").map(JsonPath::longInteger).orElse(null))
                .maxTokens(
                        unlimited(root, "max_completion_tokens")
                                .or(() -> unlimited(root, "max_tokens"))
                                .filter(most -> most != -1)
                                .orElse(null))
                .minTokens(
                        ignoresEnd
                                ? Integer.valueOf(Integer.MAX_VALUE)
                                : root.get("min_tokens").map(JsonPath::integer).orElse(null))
                .stop(root.get("stop").map(OpenAiOptions::stop).orElse(List.of()))
                .logprobs(!logprobs ? null : alternatives == null ? 0 : alternatives)
                .thinkBudget(thinkBudget(root))
                .parallelToolCalls(flag(root, "parallel_tool_calls").orElse(null))
                .forcedCall(root.get("tool_choice").map(OpenAiOptions::forced).orElse(null))
                .build();
    }

    private static @Nullable Double number(JsonPath root, String name) {
        return root.get(name).map(JsonPath::number).orElse(null);
    }

    private static Optional<Boolean> flag(JsonPath object, String name) {
        return object.get(name).map(JsonPath::bool);
    }

    /** A number where many clients say -1 for "no limit". */
    private static Optional<Integer> unlimited(JsonPath root, String name) {
        return root.get(name).map(JsonPath::integer);
    }

    private static List<String> stop(JsonPath stop) {
        Stream<String> texts =
                stop.isString()
                        ? Stream.of(stop.string())
                        : stop.items().stream().map(JsonPath::string);
        // A text of no characters stops nothing.
        return texts.filter(text -> !text.isEmpty()).toList();
    }

    private static Map<Integer, Double> bias(JsonPath bias) {
        Map<Integer, Double> biases = new LinkedHashMap<>();
        for (String key : bias.object().keySet()) {
            try {
                bias.get(key).ifPresent(by -> biases.put(Integer.valueOf(key), by.number()));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        "logit_bias must name tokens by their ids, not '" + key + "'.", e);
            }
        }
        if (biases.size() > MAX_BIASES) {
            throw new IllegalArgumentException(
                    "logit_bias has more than " + MAX_BIASES + " tokens.");
        }
        return biases;
    }

    /** The least of all that a request says about it; null if it says nothing. */
    private static @Nullable Integer thinkBudget(JsonPath root) {
        List<Integer> budgets = new ArrayList<>();
        for (String name : List.of("think_budget", "thinking_token_budget")) {
            root.get(name).map(JsonPath::integer).ifPresent(budgets::add);
        }
        root.get("thinking")
                .ifPresent(
                        thinking -> {
                            thinking.get("budget_tokens")
                                    .map(JsonPath::integer)
                                    .ifPresent(budgets::add);
                            if (thinking.get("type")
                                    .map(JsonPath::string)
                                    .filter("disabled"::equals)
                                    .isPresent()) {
                                budgets.add(0);
                            }
                        });
        Optional<JsonPath> reasoning = root.get("reasoning");
        reasoning
                .flatMap(said -> said.get("max_tokens"))
                .map(JsonPath::integer)
                .ifPresent(budgets::add);
        Optional<JsonPath> arguments = root.get("chat_template_kwargs");
        arguments.ifPresent(OpenAiOptions::refuseOtherArguments);
        boolean off =
                Stream.of(
                                        root.get("enable_thinking"),
                                        reasoning.flatMap(said -> said.get("enabled")),
                                        arguments.flatMap(said -> said.get("enable_thinking")),
                                        arguments.flatMap(said -> said.get("thinking")))
                                .flatMap(Optional::stream)
                                .anyMatch(wanted -> !wanted.bool())
                        || effort(root.get("reasoning_effort"))
                        || effort(reasoning.flatMap(said -> said.get("effort")));
        if (off) {
            budgets.add(0);
        }
        return budgets.stream().min(Integer::compare).orElse(null);
    }

    private static void refuseOtherArguments(JsonPath arguments) {
        for (String name : arguments.object().keySet()) {
            if (!name.equals("enable_thinking") && !name.equals("thinking")) {
                throw new IllegalArgumentException(
                        arguments.path()
                                + " can hold enable_thinking or thinking, not '"
                                + name
                                + "'.");
            }
        }
    }

    /** Whether an effort is none. */
    private static boolean effort(Optional<JsonPath> effort) {
        effort.filter(said -> !EFFORTS.contains(said.string()))
                .ifPresent(
                        said -> {
                            throw new IllegalArgumentException(
                                    said.path()
                                            + " must be one of "
                                            + String.join(", ", EFFORTS)
                                            + ".");
                        });
        return effort.filter(said -> said.string().equals("none")).isPresent();
    }

    /** Whether the answer shall show what was thought. */
    static boolean wantsReasoning(JsonPath root) {
        boolean excluded =
                root.get("reasoning").flatMap(said -> flag(said, "exclude")).orElse(false);
        return flag(root, "include_reasoning").orElse(true) && !excluded;
    }
}
