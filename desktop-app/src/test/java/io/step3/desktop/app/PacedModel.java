package io.step3.desktop.app;

import io.step3.chat.Ability;
import io.step3.chat.Cancellation;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatModel;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatStream;
import io.step3.chat.FinishReason;
import io.step3.chat.Timings;
import io.step3.chat.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** A model that writes long Markdown at a steady pace: first thoughts, then an answer. */
final class PacedModel implements ChatModel {

    private static final int PROMPT = 12;
    private static final double THOUGHTS = 0.3;

    private final int tokens;
    private final double perSecond;
    private final List<String> reasoning;
    private final List<String> answer;

    PacedModel(int tokens, double perSecond) {
        this.tokens = tokens;
        this.perSecond = perSecond;
        int thoughts = (int) (tokens * THOUGHTS);
        reasoning = pieces(thoughts);
        answer = pieces(tokens - thoughts);
    }

    /** What it thinks. */
    String reasoning() {
        return String.join("", reasoning);
    }

    /** What it says. */
    String answer() {
        return String.join("", answer);
    }

    /** Every kind of block, different each time so that no cache helps more than it would. */
    private static String section(int n) {
        return """
               ## Section %1$d: 第 %1$d 节

               A paragraph of **section %1$d** with *some* words, `code`, $x_{%1$d}^2 + y$ and a [link](https://example.com/%1$d); it is long enough to wrap around at the end of the line at least once, as most are. 图中有 %1$d 个红色圆圈 😀。

               1. an item with $\\frac{%1$d}{2}$
                  - another, which is longer than the one before and so on and so forth until it wraps
               2. - [x] done
                  - [ ] not done

               ```java
               /** Adds %1$d. */
               static int add%1$d(int value) {
                   String text = "some text"; // and a comment
                   return value + %1$d;
               }
               ```

               | shape | colour | number |
               |:------|:------:|-------:|
               | circle | **red** | %1$d |
               | square | 蓝色 | $%1$d^2$ |

               $$ \\sum_{i=0}^{%1$d} \\frac{x_i^2}{i + %1$d} = \\sqrt{y_{%1$d}} $$

               > What was said before, with `code` in it.

               """
                .formatted(n);
    }

    /** So many pieces of about four characters, which is what a token is. */
    private static List<String> pieces(int count) {
        List<String> pieces = new ArrayList<>();
        for (int n = 1; pieces.size() < count; n++) {
            String text = section(n);
            for (int at = 0; at < text.length() && pieces.size() < count; ) {
                int end = Math.min(text.length(), at + 4);
                if (end < text.length() && Character.isLowSurrogate(text.charAt(end))) {
                    end++;
                }
                pieces.add(text.substring(at, end));
                at = end;
            }
        }
        return pieces;
    }

    @Override
    public ChatStream chat(ChatRequest request, Cancellation cancellation) {
        int thoughts = reasoning.size();
        return new ChatStream() {
            private final long start = System.nanoTime();
            private int at;
            private boolean done;

            @Override
            public boolean hasNext() {
                return !done;
            }

            @Override
            public ChatChunk next() {
                long due = start + (long) (at * 1e9 / perSecond);
                while (System.nanoTime() < due && !cancellation.isCancelled()) {
                    LockSupport.parkNanos(due - System.nanoTime());
                }
                if (at == tokens || cancellation.isCancelled()) {
                    done = true;
                    return ChatChunk.done(
                            at == tokens ? FinishReason.STOP : FinishReason.CANCELLED,
                            new Usage(PROMPT, 0, Math.min(at, thoughts), at),
                            new Timings(Duration.ofMillis(5), perSecond));
                }
                int i = at++;
                return i < thoughts
                        ? ChatChunk.reasoning(reasoning.get(i))
                        : ChatChunk.answer(answer.get(i - thoughts));
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public String name() {
        return "Paced";
    }

    @Override
    public OptionalInt contextLength() {
        return OptionalInt.of(65_536);
    }

    @Override
    public Set<Ability> abilities() {
        return Set.of(Ability.THINK);
    }

    @Override
    public OptionalInt promptTokens(ChatRequest request) {
        return OptionalInt.of(PROMPT);
    }

    @Override
    public void close() {}
}
