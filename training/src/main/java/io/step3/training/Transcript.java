package io.step3.training;

import io.step3.training.lessons.Lesson;
import io.step3.training.lessons.Lesson.Message;
import io.step3.training.lessons.Lesson.Place;
import io.step3.training.tokenizer.BpeTokenizer;
import java.util.stream.IntStream;

/**
 * A lesson as the network sees it.
 *
 * @param prompt tokens up to {@code <think>} and its line end, the picture's place filled with its
 *     tokens
 * @param reply tokens of reasoning and answer, up to and with the end of the turn
 */
record Transcript(int[] prompt, int[] reply) {

    /** The published chat template. */
    static final String TEMPLATE =
            "{%- macro render(content) -%}{%- if content is string -%}{{- content -}}{%- elif content is iterable and content"
                    + " is not mapping -%}{%- for part in content -%}{%- if part['type'] == 'text' -%}{{- part['text'] -}}{%- elif"
                    + " part['type'] in ['image', 'image_url'] -%}{{- '<im_patch>' -}}{%- endif -%}{%- endfor -%}{%- endif -%}{%-"
                    + " endmacro -%}{{- bos_token -}}{%- for message in messages -%}{%- if loop.first and message['role'] =="
                    + " 'system' -%}{{- render(message['content']) -}}{%- else -%}{{- '<|BOT|>' + message['role'] + '\\n' +"
                    + " render(message['content']) + '<|EOT|>' -}}{%- endif -%}{%- endfor -%}{%- if add_generation_prompt -%}{{-"
                    + " '<|BOT|>assistant\\n<think>\\n' -}}{%- endif -%}";

    /**
     * Writes a lesson out.
     *
     * @param picture the tokens of its picture, unused without one
     */
    static Transcript of(Lesson lesson, BpeTokenizer tokenizer, int[] picture) {
        int image = tokenizer.special(BpeTokenizer.IMAGE);
        int[] prompt =
                IntStream.of(tokenizer.encode(prompt(lesson)))
                        .flatMap(id -> id == image ? IntStream.of(picture) : IntStream.of(id))
                        .toArray();
        return new Transcript(prompt, tokenizer.encode(reply(lesson)));
    }

    /** What {@link #TEMPLATE} makes of the messages. */
    static String prompt(Lesson lesson) {
        var text = new StringBuilder(BpeTokenizer.BEGIN).append(lesson.system());
        for (Message message : lesson.messages()) {
            text.append(BpeTokenizer.TURN).append(message.role()).append('\n');
            text.append(message.place() == Place.BEFORE ? BpeTokenizer.IMAGE : "");
            text.append(message.text());
            text.append(message.place() == Place.AFTER ? BpeTokenizer.IMAGE : "");
            text.append(BpeTokenizer.END_OF_TURN);
        }
        return text.append(BpeTokenizer.TURN)
                .append("assistant\n")
                .append(BpeTokenizer.THINK)
                .append('\n')
                .toString();
    }

    static String reply(Lesson lesson) {
        return lesson.reasoning()
                + "\n"
                + BpeTokenizer.END_OF_THOUGHT
                + "\n"
                + lesson.answer()
                + BpeTokenizer.END_OF_TURN;
    }

    int length() {
        return prompt.length + reply.length;
    }
}
