package io.step3.generate;

import com.google.gson.JsonObject;
import io.step3.chat.Ability;
import io.step3.chat.ChatMessage;
import io.step3.chat.ChatTemplate;
import io.step3.chat.ChatTemplateException;
import io.step3.chat.OutputParser;
import io.step3.chat.ToolDefinition;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What a checkpoint can do: its template tells whether it opens a thought and names tools. */
final class Abilities {

    /** A name that no template writes by itself. */
    private static final String TOOL = "look_whether_tools_are_told";

    private Abilities() {}

    static Set<Ability> of(ChatTemplate template, boolean sees) {
        var question = List.of(ChatMessage.user("?"));
        var abilities = EnumSet.of(Ability.CONTINUE);
        if (sees) {
            abilities.add(Ability.SEE);
        }
        if (OutputParser.opensThought(rendered(template, question, List.of()))) {
            abilities.add(Ability.THINK);
        }
        var tool = new ToolDefinition(TOOL, "", new JsonObject());
        if (rendered(template, question, List.of(tool)).contains(TOOL)) {
            abilities.add(Ability.CALL_TOOLS);
        }
        return Set.copyOf(abilities);
    }

    private static String rendered(
            ChatTemplate template, List<ChatMessage> messages, List<ToolDefinition> tools) {
        try {
            return template.render(messages, tools, true);
        } catch (ChatTemplateException e) {
            return ""; // It refuses such conversations.
        }
    }
}
