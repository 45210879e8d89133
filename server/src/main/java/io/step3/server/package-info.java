/**
 * A local HTTP server over a {@link io.step3.chat.ChatModel}: OpenAI's chat completions and
 * Anthropic's messages, streamed and whole.
 *
 * <p>{@link io.step3.server.ChatServer} is its face. Inside, an event loop reads requests ({@code
 * Connection}) and writes answers ({@code Exchange}, {@code EventStream}) and does nothing that
 * waits; each request then has a thread ({@code Answering}) that reads its JSON ({@code Api}),
 * waits for its turn ({@code Admission}) and reads the model's answer. It is a thread of the
 * platform: whoever reads an answer may compute all answers, for seconds and without yielding, and
 * a virtual thread would keep the others from their processor meanwhile.
 */
@NullMarked
package io.step3.server;

import org.jspecify.annotations.NullMarked;
