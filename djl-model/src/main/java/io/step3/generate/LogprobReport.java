package io.step3.generate;

import io.step3.chat.TokenLogprob;
import io.step3.chat.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Tells how probable a token was, and which others were, before any penalty or temperature. */
final class LogprobReport {

    private final Tokenizer tokenizer;
    private final int alternatives;

    /**
     * Reports for one answer.
     *
     * @param alternatives how many of the most probable tokens to name, from 0
     */
    LogprobReport(Tokenizer tokenizer, int alternatives) {
        this.tokenizer = tokenizer;
        this.alternatives = alternatives;
    }

    /**
     * Reports a token.
     *
     * @param logits {@code [vocabulary]}, before any penalty
     */
    TokenLogprob of(int token, float[] logits) {
        float max = logits[Sampler.argmax(logits)];
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        double normaliser = max + Math.log(sum);
        List<TokenLogprob> best = new ArrayList<>(alternatives);
        for (int id : best(logits)) {
            best.add(of(id, logits[id] - normaliser, List.of()));
        }
        return of(token, logits[token] - normaliser, best);
    }

    /** The ids of the largest logits, best first; of equals the lower id comes first. */
    private int[] best(float[] logits) {
        int[] ids = new int[Math.min(alternatives, logits.length)];
        int count = 0;
        for (int id = 0; id < logits.length && ids.length > 0; id++) {
            if (count == ids.length && logits[id] <= logits[ids[count - 1]]) {
                continue;
            }
            int place = count < ids.length ? count++ : count - 1;
            while (place > 0 && logits[ids[place - 1]] < logits[id]) {
                ids[place] = ids[place - 1];
                place--;
            }
            ids[place] = id;
        }
        return ids;
    }

    private TokenLogprob of(int id, double logprob, List<TokenLogprob> alternatives) {
        byte[] bytes = tokenizer.bytes(id);
        List<Integer> numbers =
                IntStream.range(0, bytes.length).mapToObj(i -> bytes[i] & 0xFF).toList();
        String text = new String(bytes, StandardCharsets.UTF_8);
        return new TokenLogprob(text, logprob, numbers, alternatives);
    }
}
