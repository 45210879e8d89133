package io.step3.desktop.model;

import io.step3.chat.ChatModel;

/** How far the model in use is. */
public sealed interface ModelState {

    /** None was chosen. */
    record None() implements ModelState {}

    /**
     * It is being loaded.
     *
     * @param done of {@code total} parts; 0 of 0 at the very beginning
     */
    record Loading(ModelChoice choice, int done, int total) implements ModelState {}

    /** It answers. */
    record Ready(ModelChoice choice, ChatModel model) implements ModelState {}

    /**
     * It could not be loaded.
     *
     * @param message says why and what to do
     */
    record Failed(ModelChoice choice, String message) implements ModelState {}
}
