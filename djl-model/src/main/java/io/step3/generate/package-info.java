/**
 * From logits to an answer.
 *
 * <p>{@link io.step3.generate.Step3} is everything that a checkpoint folder becomes: network,
 * tokenizer, chat template and image pipeline. To its callers it is a {@link
 * io.step3.chat.ChatModel}, and an {@link io.step3.generate.InspectableModel} to those who look
 * into its passes. {@link io.step3.generate.Step3#chat} turns a request into a {@link
 * io.step3.chat.ChatStream}: the {@link io.step3.generate.PromptBuilder} renders and tokenises it,
 * and the {@link io.step3.generate.Scheduler} computes it together with all others. Its {@link
 * io.step3.generate.Batcher} forms passes, in which the {@link io.step3.generate.Task} of each
 * answer has a sequence of the {@link io.step3.generate.Caches}, if possible one that shares a
 * prefix with its prompt. From the logits a {@link io.step3.generate.Decoding} chooses token after
 * token, and the parsers of {@code io.step3.chat} split the text into reasoning, answer and tool
 * calls.
 */
@NullMarked
package io.step3.generate;

import org.jspecify.annotations.NullMarked;
