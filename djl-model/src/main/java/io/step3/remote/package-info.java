/**
 * Models on servers: a {@link io.step3.chat.ChatModel} over HTTP, for servers that speak OpenAI's
 * chat completions, such as vLLM, SGLang and this project's own.
 *
 * <p>Nothing a server sends is believed: lines, answers and error texts have limits, redirects are
 * never followed, and the key goes into one header and nowhere else.
 */
@NullMarked
package io.step3.remote;

import org.jspecify.annotations.NullMarked;
