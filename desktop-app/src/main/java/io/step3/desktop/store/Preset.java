package io.step3.desktop.store;

/**
 * A system prompt with sampling parameters, saved under a name.
 *
 * @param sampling a JSON object
 */
public record Preset(long id, String name, String systemPrompt, String sampling) {}
