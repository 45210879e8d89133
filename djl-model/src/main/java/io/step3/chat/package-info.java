/**
 * Chat around the network: a caller's request, how it becomes the token ids of a prompt, and how
 * generated tokens become an answer.
 *
 * <p>The steps, each a class that knows nothing of the others:
 *
 * <ol>
 *   <li>A {@link io.step3.chat.ChatRequest} holds {@link io.step3.chat.ChatMessage}s of text and
 *       pictures, {@link io.step3.chat.ToolDefinition}s and {@link io.step3.chat.SamplingOptions},
 *       and, to continue a reply, its beginning as a {@link io.step3.chat.BegunReply}.
 *   <li>A {@link io.step3.chat.ContentGuard} keeps special tokens that are written out in it from
 *       being tokenised as such.
 *   <li>The checkpoint's {@link io.step3.chat.ChatTemplate} writes it as one prompt, with one
 *       {@code <im_patch>} for each picture.
 *   <li>The {@link io.step3.chat.Tokenizer} turns the prompt into token ids; the model continues
 *       them.
 *   <li>The {@link io.step3.chat.Detokenizer} turns each new id into text, holding back half
 *       characters.
 *   <li>The {@link io.step3.chat.OutputParser} tells reasoning, answer and tool calls apart.
 *   <li>{@link io.step3.chat.StopStrings} cuts each of them before a stop text.
 *   <li>{@link io.step3.chat.ChatChunk}s carry them to the caller, and add up to a {@link
 *       io.step3.chat.ChatResponse}.
 * </ol>
 *
 * <p>{@link io.step3.chat.OpenAiJson}, {@link io.step3.chat.OpenAiStreamWriter} and {@link
 * io.step3.chat.OpenAiStreamReader} speak OpenAI's wire format on either side.
 *
 * <p>Whoever answers is a {@link io.step3.chat.ChatModel}: a checkpoint in this process ({@code
 * io.step3.generate.Step3}) or a server elsewhere. Its {@link io.step3.chat.ChatStream} gives the
 * chunks, a {@link io.step3.chat.Cancellation} ends them.
 *
 * <p>The package knows nothing of the network and of how tokens are chosen, and fetches nothing
 * from anywhere. Templates run in {@code io.step3.jinja}, JSON is read by {@code io.step3.json}.
 */
@NullMarked
package io.step3.chat;

import org.jspecify.annotations.NullMarked;
