package io.step3.djl;

import ai.djl.ndarray.NDList;
import ai.djl.translate.Batchifier;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;

/** A question in, the answer without its reasoning out. */
final class TextTranslator implements Translator<String, String> {

    @Override
    public NDList processInput(TranslatorContext context, String question) {
        return Step3Block.wrap(ChatRequest.user(question));
    }

    @Override
    public String processOutput(TranslatorContext context, NDList list) {
        return Step3Block.unwrap(list, ChatResponse.class).complete().answer();
    }

    @Override
    public Batchifier getBatchifier() {
        return null;
    }
}
