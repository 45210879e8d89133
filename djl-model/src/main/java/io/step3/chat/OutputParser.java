package io.step3.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells reasoning, answer and tool calls apart in the text that Step3 generates, while it is being
 * generated.
 *
 * <ul>
 *   <li>Everything before the first {@code </think>} is reasoning, if the prompt ended with {@code
 *       <think>} or the text begins with it. A tool block inside the reasoning ends it.
 *   <li>The answer runs to {@code <｜tool_calls_begin｜>}; after {@code <｜tool_calls_end｜>} all is
 *       answer, further tags included.
 *   <li>Within the block, see {@link ToolCallParser}; text between calls is dropped, and so is a
 *       call that the text or the block ends before.
 * </ul>
 *
 * <p>The result does not depend on how the text was cut into chunks. A tag is never given out, not
 * even half of one: what may still become a tag waits for the next chunk, and everything else
 * leaves at once. Time is linear in the text. For one thread.
 */
public final class OutputParser {

    /** The most characters of one tool call; a longer one is dropped like a broken one. */
    static final int MAX_CALL_CHARS = 4 << 20;

    private static final String THINK = "<think>";
    private static final String THINK_END = "</think>";
    private static final String CALLS_BEGIN = "<｜tool_calls_begin｜>";
    private static final String CALLS_END = "<｜tool_calls_end｜>";
    private static final String CALL_BEGIN = "<｜tool_call_begin｜>";
    private static final String CALL_END = "<｜tool_call_end｜>";

    /** The marks that must reach the parser although they are special tokens. */
    static final Set<String> TOOL_MARKS =
            Set.of(CALLS_BEGIN, CALLS_END, CALL_BEGIN, CALL_END, ToolCallParser.SEPARATOR);

    /** Whether a text holds any mark that the parser tells texts apart by. */
    public static boolean holdsMark(String text) {
        return text.contains(THINK)
                || text.contains(THINK_END)
                || TOOL_MARKS.stream().anyMatch(text::contains);
    }

    private enum State {
        /** Nothing but whitespace so far: a leading {@code <think>} may follow. */
        START(THINK, THINK_END, CALLS_BEGIN),
        REASONING(THINK_END, CALLS_BEGIN),
        ANSWER(CALLS_BEGIN),
        /** In the block, between calls. */
        BLOCK(CALL_BEGIN, CALLS_END),
        CALL(CALL_END, CALLS_END),
        AFTER_BLOCK;

        private final List<String> marks;

        State(String... marks) {
            this.marks = List.of(marks);
        }
    }

    private final boolean promptOpensThought;
    private final ToolCallParser calls;
    private final StringBuilder leadingSpace = new StringBuilder();
    private final StringBuilder call = new StringBuilder();
    private boolean callTooLong;
    private State state = State.START;

    /** The end of the text so far, which may be the beginning of a mark. */
    private String held = "";

    private List<ParserEvent> events = new ArrayList<>();
    private final StringBuilder delta = new StringBuilder();

    /**
     * A parser of one answer.
     *
     * @param promptOpensThought whether the prompt ended with {@code <think>}
     * @param tools the declared tools, whose schemas type the arguments
     */
    public OutputParser(boolean promptOpensThought, List<ToolDefinition> tools) {
        this.promptOpensThought = promptOpensThought;
        this.calls = new ToolCallParser(tools);
    }

    /**
     * A parser of the rest of a reply.
     *
     * @param promptOpensThought whether the prompt ended, before the begun reply, with {@code
     *     <think>}
     * @param begun the reply so far; no mark begins in it and ends in the rest
     * @param tools the declared tools, whose schemas type the arguments
     */
    public static OutputParser continuing(
            boolean promptOpensThought, BegunReply begun, List<ToolDefinition> tools) {
        var parser = new OutputParser(promptOpensThought, tools);
        boolean thought = promptOpensThought || !begun.reasoning().isEmpty();
        String last = begun.answer().orElse(begun.reasoning());
        boolean atStart =
                promptOpensThought ? begun.answer().isEmpty() : begun.reasoning().isEmpty();
        if (!atStart || !Whitespace.strip(last).isEmpty()) {
            parser.state = thought && begun.answer().isEmpty() ? State.REASONING : State.ANSWER;
        }
        return parser;
    }

    /** Whether a rendered prompt leaves the model in the middle of a thought. */
    public static boolean opensThought(String prompt) {
        return prompt.stripTrailing().endsWith(THINK);
    }

    /**
     * Takes the next piece of text.
     *
     * @return what is now certain, in order; neighbouring events are of different types
     */
    public List<ParserEvent> feed(String chunk) {
        String text = held.isEmpty() ? chunk : held + chunk;
        int position = 0;
        while (position < text.length()) {
            int next = state == State.START ? skipSpace(text, position) : position;
            position = next;
            int angle = state.marks.isEmpty() ? -1 : text.indexOf('<', position);
            // Whatever is no '<' decides at the start already: no leading <think> will come.
            if (state == State.START && position < text.length() && angle != position) {
                begin(promptOpensThought ? State.REASONING : State.ANSWER);
                continue;
            }
            if (angle < 0) {
                pass(text, position, text.length());
                position = text.length();
                break;
            }
            pass(text, position, angle);
            position = angle;
            String mark = markAt(text, angle);
            if (mark != null) {
                position += mark.length();
                enter(mark);
            } else if (mayBecomeMark(text, angle)) {
                break;
            } else if (state == State.START) {
                begin(promptOpensThought ? State.REASONING : State.ANSWER);
            } else {
                pass(text, angle, angle + 1);
                position++;
            }
        }
        held = text.substring(position);
        return takeEvents();
    }

    /**
     * Ends the text: what only looked like the beginning of a mark is text after all, an unfinished
     * tool call is dropped.
     *
     * @return the last events
     */
    public List<ParserEvent> finish() {
        if (state == State.START && (!held.isEmpty() || !leadingSpace.isEmpty())) {
            begin(promptOpensThought ? State.REASONING : State.ANSWER);
        }
        pass(held, 0, held.length());
        held = "";
        return takeEvents();
    }

    /** Whether the model is, as far as is known, still in its thought. */
    public boolean inReasoning() {
        return state == State.REASONING || state == State.START && promptOpensThought;
    }

    /** Whether a tool block has begun, and perhaps ended. */
    public boolean hasBegunCalls() {
        return state == State.BLOCK || state == State.CALL || state == State.AFTER_BLOCK;
    }

    /**
     * How a tool block begins, up to the name of the tool that is called or, if that is known,
     * behind it.
     */
    public static String openingOfCall(Optional<String> tool) {
        return CALLS_BEGIN
                + CALL_BEGIN
                + ToolCallParser.opening()
                + tool.map(name -> name + ToolCallParser.TAG_END).orElse("");
    }

    private int skipSpace(String text, int position) {
        int end = position;
        while (end < text.length() && Whitespace.is(text.charAt(end))) {
            end++;
        }
        leadingSpace.append(text, position, end);
        return end;
    }

    private @Nullable String markAt(String text, int position) {
        for (String mark : state.marks) {
            if (text.startsWith(mark, position) && possible(mark)) {
                return mark;
            }
        }
        return null;
    }

    private boolean mayBecomeMark(String text, int position) {
        int length = text.length() - position;
        for (String mark : state.marks) {
            if (length < mark.length()
                    && mark.startsWith(text.substring(position))
                    && possible(mark)) {
                return true;
            }
        }
        return false;
    }

    /** {@code </think>} at the very start is a mark only if the prompt opened a thought. */
    private boolean possible(String mark) {
        return state != State.START || promptOpensThought || !mark.equals(THINK_END);
    }

    private void enter(String mark) {
        switch (mark) {
            case THINK -> begin(State.REASONING);
            case THINK_END -> begin(State.ANSWER);
            case CALLS_BEGIN -> begin(State.BLOCK);
            case CALLS_END -> begin(State.AFTER_BLOCK);
            case CALL_BEGIN -> {
                call.setLength(0);
                callTooLong = false;
                state = State.CALL;
            }
            case CALL_END -> {
                if (!callTooLong) {
                    calls.parse(call.toString()).ifPresent(this::add);
                }
                call.setLength(0);
                state = State.BLOCK;
            }
            default -> throw new IllegalStateException(mark);
        }
    }

    private void begin(State next) {
        flush();
        if (state == State.START && !leadingSpace.isEmpty()) {
            boolean thought = next == State.REASONING || promptOpensThought;
            state = thought ? State.REASONING : State.ANSWER;
            delta.append(leadingSpace);
            leadingSpace.setLength(0);
            if (next != state) {
                flush();
            }
        }
        state = next;
    }

    /** Text that is no mark. */
    private void pass(String text, int from, int to) {
        switch (state) {
            case REASONING, ANSWER, AFTER_BLOCK -> delta.append(text, from, to);
            case CALL -> {
                if (call.length() + to - from > MAX_CALL_CHARS) {
                    callTooLong = true;
                    call.setLength(0);
                }
                if (!callTooLong) {
                    call.append(text, from, to);
                }
            }
            case START, BLOCK -> {}
        }
    }

    private void add(ToolCall parsed) {
        events.add(new ParserEvent.Call(parsed));
    }

    private void flush() {
        if (!delta.isEmpty()) {
            String text = delta.toString();
            delta.setLength(0);
            events.add(
                    state == State.REASONING
                            ? new ParserEvent.Reasoning(text)
                            : new ParserEvent.Answer(text));
        }
    }

    private List<ParserEvent> takeEvents() {
        flush();
        List<ParserEvent> taken = List.copyOf(events);
        events = new ArrayList<>();
        return taken;
    }
}
