package io.step3.chat;

/** What {@link OutputParser} found in the model's text. */
public sealed interface ParserEvent {

    /**
     * A piece of thought.
     *
     * @param text not empty
     */
    record Reasoning(String text) implements ParserEvent {}

    /**
     * A piece of the answer.
     *
     * @param text not empty
     */
    record Answer(String text) implements ParserEvent {}

    /**
     * A complete tool call.
     *
     * @param call the call, its arguments typed as the tool's schema asks
     */
    record Call(ToolCall call) implements ParserEvent {}
}
