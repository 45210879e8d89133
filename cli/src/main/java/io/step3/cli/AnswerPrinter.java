package io.step3.cli;

import io.step3.chat.ChatChunk;

/** How an answer is shown. */
sealed interface AnswerPrinter permits TextPrinter, JsonPrinter {

    /** Shows a chunk at once. */
    void print(ChatChunk chunk);

    /** Shows that no chunk will come any more, although the answer has not ended. */
    void breakOff();
}
