/**
 * From logits to an answer.
 *
 * <p>{@link io.step3.generate.Step3} is everything that a checkpoint folder becomes: network,
 * tokenizer, chat template and image pipeline. To its callers it is a {@link
 * io.step3.chat.ChatModel}, and an {@link io.step3.generate.InspectableModel} to those who watch.
 * {@link io.step3.generate.Step3#chat} turns a request into a {@link io.step3.chat.ChatStream}: the
 * {@link io.step3.generate.PromptBuilder} renders and tokenises it, a session of the {@link
 * io.step3.generate.SessionPool} that shares the longest prefix reads it, a {@link
 * io.step3.generate.TokenStream} samples token after token, and the parsers of {@code
 * io.step3.chat} split the text into reasoning, answer and tool calls.
 */
package io.step3.generate;
