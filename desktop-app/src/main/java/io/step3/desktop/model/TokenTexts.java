package io.step3.desktop.model;

import java.util.function.IntFunction;

/**
 * How the panel inside reads a model's tokens.
 *
 * @param picture id of the token that stands for a picture's features, -1 if the model cannot see
 * @param text the text of a token, for the engine's thread only
 */
public record TokenTexts(int picture, IntFunction<String> text) {}
