package io.step3.cli;

import io.step3.chat.ChatChunk;

/** For people: the reasoning, dimmed on a terminal, an empty line, and the answer. */
final class TextPrinter implements AnswerPrinter {

    private static final String DIM = "\u001b[2m";
    private static final String PLAIN = "\u001b[0m";

    private final Output out;
    private ChatChunk.Type last;

    /** Whether nothing but blanks came since the kind of text changed. */
    private boolean blank = true;

    /** Blanks that are printed only if more text of the same kind follows. */
    private String held = "";

    TextPrinter(Output out) {
        this.out = out;
    }

    @Override
    public void print(ChatChunk chunk) {
        if (chunk.type() != last) {
            turn(chunk.type());
        }
        switch (chunk.type()) {
            case REASONING, ANSWER -> text(chunk.text());
            case TOOL_CALL ->
                    out.println(chunk.toolCall().name() + " " + chunk.toolCall().arguments());
            case DONE -> {}
        }
        out.flush();
    }

    @Override
    public void breakOff() {
        turn(ChatChunk.Type.DONE);
        out.flush();
    }

    private void turn(ChatChunk.Type next) {
        if (last == ChatChunk.Type.REASONING) {
            out.style(PLAIN);
        }
        if (last == ChatChunk.Type.REASONING || last == ChatChunk.Type.ANSWER) {
            out.println();
        }
        if (last == ChatChunk.Type.REASONING && next != ChatChunk.Type.DONE) {
            out.println();
        }
        if (next == ChatChunk.Type.REASONING) {
            out.style(DIM);
        }
        last = next;
        blank = true;
        held = "";
    }

    private void text(String text) {
        String shown = held + text;
        if (blank) {
            shown = shown.stripLeading();
            blank = shown.isEmpty();
        }
        String solid = shown.stripTrailing();
        held = shown.substring(solid.length());
        out.print(solid);
    }
}
