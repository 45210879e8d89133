package io.step3.checkpoint;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The kinds of checkpoint that are known. */
public enum ModelType {
    /**
     * A language model in {@code text_config} and a vision tower in {@code vision_config}: Step3.
     */
    STEP3_VL("step3_vl", "Step3VLForConditionalGeneration", true),
    /** The language model of Step3 alone, with its keys at the top. */
    STEP3_TEXT("step3_text", "Step3TextForCausalLM", false);

    /** What {@code model_type} in {@code config.json} says. */
    private final String key;

    private final String architecture;
    private final boolean sees;

    ModelType(String key, String architecture, boolean sees) {
        this.key = key;
        this.architecture = architecture;
        this.sees = sees;
    }

    /** Whether there is a vision tower. */
    public boolean sees() {
        return sees;
    }

    static Optional<ModelType> ofKey(String key) {
        return Arrays.stream(values()).filter(type -> type.key.equals(key)).findAny();
    }

    /** By what {@code architectures} says, where {@code model_type} is absent. */
    static Optional<ModelType> ofArchitecture(String architecture) {
        return Arrays.stream(values())
                .filter(type -> type.architecture.equals(architecture))
                .findAny();
    }

    /** All of them, for messages. */
    static String list() {
        return Arrays.stream(values())
                .map(type -> "%s (%s)".formatted(type.key, type.architecture))
                .collect(Collectors.joining(" and "));
    }
}
