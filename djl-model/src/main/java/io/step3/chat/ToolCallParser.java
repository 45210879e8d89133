package io.step3.chat;

import com.google.gson.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads what stands between {@code <｜tool_call_begin｜>} and {@code <｜tool_call_end｜>}:
 *
 * <pre>{@code
 * function<｜tool_sep｜><steptml:invoke name="f">
 *   <steptml:parameter name="p">VALUE</steptml:parameter>
 * </steptml:invoke>
 * }</pre>
 *
 * <p>Values are stripped, run to their closing tag and are not unescaped; of equal names the last
 * wins. A call without kind {@code function}, separator, or named invoke is none.
 */
final class ToolCallParser {

    static final String SEPARATOR = "<｜tool_sep｜>";

    private static final String KIND = "function";
    private static final String INVOKE = "<steptml:invoke name=\"";
    private static final String INVOKE_END = "</steptml:invoke>";
    private static final String PARAMETER = "<steptml:parameter name=\"";
    private static final String PARAMETER_END = "</steptml:parameter>";
    static final String TAG_END = "\">";
    private static final int ID_DIGITS = 24;

    private final Map<String, ArgumentTypes> tools = new HashMap<>();

    ToolCallParser(List<ToolDefinition> tools) {
        for (ToolDefinition tool : tools) {
            this.tools.put(tool.name(), new ArgumentTypes(tool.parameters()));
        }
    }

    /** How a call begins, up to the name of its tool. */
    static String opening() {
        return KIND + SEPARATOR + INVOKE;
    }

    /** The call, with an id that no other call has; nothing if it is broken. */
    Optional<ToolCall> parse(String text) {
        int separator = text.indexOf(SEPARATOR);
        if (separator < 0 || !Whitespace.strip(text.substring(0, separator)).equals(KIND)) {
            return Optional.empty();
        }
        Tag invoke = nextTag(text, INVOKE, separator + SEPARATOR.length());
        if (invoke == null) {
            return Optional.empty();
        }
        ArgumentTypes types = tools.getOrDefault(invoke.name, ArgumentTypes.UNDECLARED);
        JsonObject arguments = arguments(text, invoke.end, types);
        return Optional.of(new ToolCall(newId(), invoke.name, arguments));
    }

    /** Clients know calls by their ids over a whole conversation. */
    private static String newId() {
        return "call_" + UUID.randomUUID().toString().replace("-", "").substring(0, ID_DIGITS);
    }

    private static JsonObject arguments(String text, int from, ArgumentTypes types) {
        JsonObject arguments = new JsonObject();
        int invokeEnd = indexOrEnd(text, INVOKE_END, from);
        for (Tag open = nextTag(text, PARAMETER, from);
                open != null && open.start < invokeEnd;
                open = nextTag(text, PARAMETER, from)) {
            int close = text.indexOf(PARAMETER_END, open.end);
            if (close < 0) {
                break;
            }
            if (invokeEnd < close) {
                // Either the value holds the closing tag of an invoke, or it was never closed and
                // the parameters of another invoke follow.
                int another = text.indexOf(PARAMETER, invokeEnd);
                if (another >= 0 && another < close) {
                    break;
                }
                invokeEnd = indexOrEnd(text, INVOKE_END, close);
            }
            String value = Whitespace.strip(text.substring(open.end, close));
            // Removed first, so that the order is that of the values that count.
            arguments.remove(open.name);
            arguments.add(open.name, types.typed(open.name, value));
            from = close + PARAMETER_END.length();
        }
        return arguments;
    }

    private static int indexOrEnd(String text, String mark, int from) {
        int index = text.indexOf(mark, from);
        return index < 0 ? text.length() : index;
    }

    private record Tag(String name, int start, int end) {}

    /** The next tag {@code opening NAME ">}, with a name that is not empty and without quotes. */
    private static @Nullable Tag nextTag(String text, String opening, int from) {
        for (int start = text.indexOf(opening, from);
                start >= 0;
                start = text.indexOf(opening, start + 1)) {
            int name = start + opening.length();
            int quote = text.indexOf('"', name);
            if (quote < 0) {
                return null;
            }
            if (quote > name && text.startsWith(TAG_END, quote)) {
                return new Tag(text.substring(name, quote), start, quote + TAG_END.length());
            }
        }
        return null;
    }
}
