package io.step3.chat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * All that a model is told: the conversation so far, the tools it may call, and how to sample.
 *
 * @param messages the conversation, oldest first; at least one message
 * @param tools the tools the model may call; may be empty
 * @param sampling how tokens are chosen
 * @param begun the reply to the last message as far as it is written; {@link BegunReply#NOTHING}
 *     for a reply from its beginning
 */
public record ChatRequest(
        List<ChatMessage> messages,
        List<ToolDefinition> tools,
        SamplingOptions sampling,
        BegunReply begun) {

    public ChatRequest {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
        Objects.requireNonNull(sampling, "sampling");
        Objects.requireNonNull(begun, "begun");
        if (messages.isEmpty()) {
            throw new IllegalArgumentException("A request needs at least one message.");
        }
    }

    /** One question, with pictures or without. */
    public static ChatRequest user(String text, ImageSource... images) {
        return builder().user(text, images).build();
    }

    /** A builder without messages and tools, with the model's own sampling. */
    public static Builder builder() {
        return new Builder();
    }

    /** The pictures of all messages, in the order of their marks in the rendered prompt. */
    public List<ImageSource> images() {
        return messages.stream().flatMap(message -> message.images().stream()).toList();
    }

    /** Collects a request. */
    public static final class Builder {
        private final List<ChatMessage> messages = new ArrayList<>();
        private final List<ToolDefinition> tools = new ArrayList<>();
        private SamplingOptions sampling = SamplingOptions.DEFAULT;
        private BegunReply begun = BegunReply.NOTHING;

        private Builder() {}

        /** Appends a system message. */
        public Builder system(String text) {
            return message(ChatMessage.system(text));
        }

        /** Appends a user message, its pictures before its text. */
        public Builder user(String text, ImageSource... images) {
            return message(ChatMessage.user(text, images));
        }

        /** Appends a message. */
        public Builder message(ChatMessage message) {
            messages.add(message);
            return this;
        }

        /** Appends messages. */
        public Builder messages(List<ChatMessage> more) {
            messages.addAll(more);
            return this;
        }

        /** Adds tools. */
        public Builder tools(ToolDefinition... more) {
            tools.addAll(Arrays.asList(more));
            return this;
        }

        /** Sets how tokens are chosen. */
        public Builder sampling(SamplingOptions options) {
            sampling = options;
            return this;
        }

        /** Sets what of the reply is written already. */
        public Builder begun(BegunReply reply) {
            begun = reply;
            return this;
        }

        /**
         * The request.
         *
         * @throws IllegalArgumentException if there is no message
         */
        public ChatRequest build() {
            return new ChatRequest(messages, tools, sampling, begun);
        }
    }
}
