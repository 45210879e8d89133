package io.step3.chat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Writes a conversation as the one text that the model continues. Immutable, for any thread. */
public sealed interface ChatTemplate permits BuiltInTemplate, JinjaTemplate, ToolUseTemplate {

    /**
     * Renders a conversation.
     *
     * @param addGenerationPrompt whether to open the assistant's turn
     * @return the prompt, in which every picture is one {@code <im_patch>}
     * @throws ChatTemplateException if the template cannot be rendered or refuses the conversation
     */
    String render(
            List<ChatMessage> messages, List<ToolDefinition> tools, boolean addGenerationPrompt);

    /** The prompt of a request, with the assistant's turn opened. */
    default String render(ChatRequest request) {
        return render(request.messages(), request.tools(), true);
    }

    /**
     * The template of a checkpoint's folder: {@code chat_template.jinja}, else {@code
     * chat_template} in {@code chat_template.json}, else in {@code tokenizer_config.json}, else the
     * built-in one. Where there is one named {@code tool_use} beside, that is for conversations
     * with tools.
     *
     * @throws IOException if one of these files is there but cannot be read; the message names it
     */
    static ChatTemplate load(Path folder) throws IOException {
        return TemplateFiles.load(folder);
    }
}
