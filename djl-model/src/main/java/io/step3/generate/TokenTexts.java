package io.step3.generate;

import java.util.function.IntFunction;

/**
 * The text of each token of a model's vocabulary.
 *
 * @param picture id of the token that stands for a picture's features, -1 if the model cannot see
 * @param text the text of a token; half a character reads as U+FFFD
 */
public record TokenTexts(int picture, IntFunction<String> text) {}
