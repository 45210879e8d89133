package io.step3.djl;

import ai.djl.Model;
import ai.djl.modality.Input;
import ai.djl.modality.Output;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorFactory;
import ai.djl.util.Pair;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import java.io.Serializable;
import java.lang.reflect.Type;
import java.util.Map;
import java.util.Set;

/**
 * The translators of Step3: {@code (ChatRequest, ChatResponse)}, {@code (String, String)} and, for
 * DJL Serving, {@code (Input, Output)} with OpenAI's JSON.
 */
public final class Step3TranslatorFactory implements TranslatorFactory, Serializable {

    private static final long serialVersionUID = 1L;

    /** For {@code Criteria.optTranslatorFactory} and for DJL, which makes it by its name. */
    public Step3TranslatorFactory() {}

    @Override
    public Set<Pair<Type, Type>> getSupportedTypes() {
        return Set.of(
                new Pair<>(ChatRequest.class, ChatResponse.class),
                new Pair<>(String.class, String.class),
                new Pair<>(Input.class, Output.class));
    }

    @Override
    @SuppressWarnings("unchecked")
    public <I, O> Translator<I, O> newInstance(
            Class<I> input, Class<O> output, Model model, Map<String, ?> arguments) {
        Translator<?, ?> translator;
        if (input == ChatRequest.class && output == ChatResponse.class) {
            translator = new ChatTranslator();
        } else if (input == String.class && output == String.class) {
            translator = new TextTranslator();
        } else if (input == Input.class && output == Output.class) {
            translator = new ServingTranslator(model.getName());
        } else {
            throw new IllegalArgumentException(
                    "Step3 translates (ChatRequest, ChatResponse), (String, String) and (Input,"
                            + " Output), not (%s, %s)"
                                    .formatted(input.getSimpleName(), output.getSimpleName()));
        }
        return (Translator<I, O>) translator;
    }
}
