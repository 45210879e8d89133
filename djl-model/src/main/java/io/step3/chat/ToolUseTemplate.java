package io.step3.chat;

import java.util.List;

/**
 * Two templates of a checkpoint.
 *
 * @param plain for conversations without tools
 * @param tools for those with
 */
record ToolUseTemplate(JinjaTemplate plain, JinjaTemplate tools) implements ChatTemplate {

    @Override
    public String render(
            List<ChatMessage> messages,
            List<ToolDefinition> declared,
            boolean addGenerationPrompt) {
        return (declared.isEmpty() ? plain : tools).render(messages, declared, addGenerationPrompt);
    }
}
