package io.step3.training.tokenizer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Learns the merges of a byte-level BPE tokenizer: again and again the most frequent pair of
 * neighbours within the pieces becomes a token (Sennrich et al., 2016). Ties go to the pair that
 * sorts first, so that a text has one result.
 */
public final class BpeTrainer {

    private final Map<String, Integer> pieces = new TreeMap<>();

    /** Adds a text, without special tokens. */
    public void add(String text) {
        for (String piece : PreTokenizer.pieces(text)) {
            pieces.merge(PreTokenizer.letters(piece), 1, Integer::sum);
        }
    }

    /**
     * Learns from all texts added.
     *
     * @param size number of tokens of the tokenizer, special ones included
     */
    public BpeTokenizer train(int size) {
        int wanted = size - 256 - BpeTokenizer.FIRST.size() - BpeTokenizer.LAST.size();
        var words = new ArrayList<List<String>>();
        var counts = new ArrayList<Integer>();
        pieces.forEach(
                (piece, count) -> {
                    var letters = new ArrayList<String>();
                    for (char letter : piece.toCharArray()) {
                        letters.add(String.valueOf(letter));
                    }
                    words.add(letters);
                    counts.add(count);
                });
        var merges = new ArrayList<String[]>();
        while (merges.size() < wanted) {
            String best = mostFrequent(words, counts);
            if (best == null) {
                throw new IllegalStateException("The text gives only " + merges.size() + " merges");
            }
            String[] pair = best.split(" ");
            merges.add(pair);
            for (List<String> word : words) {
                for (int i = 0; i + 1 < word.size(); i++) {
                    if (word.get(i).equals(pair[0]) && word.get(i + 1).equals(pair[1])) {
                        word.set(i, pair[0] + pair[1]);
                        word.remove(i + 1);
                    }
                }
            }
        }
        return new BpeTokenizer(merges);
    }

    private static String mostFrequent(List<List<String>> words, List<Integer> counts) {
        Map<String, Integer> pairs = new HashMap<>();
        for (int w = 0; w < words.size(); w++) {
            List<String> word = words.get(w);
            for (int i = 0; i + 1 < word.size(); i++) {
                pairs.merge(word.get(i) + " " + word.get(i + 1), counts.get(w), Integer::sum);
            }
        }
        String best = null;
        int most = 0;
        for (Map.Entry<String, Integer> pair : pairs.entrySet()) {
            int count = pair.getValue();
            if (count > most || count == most && pair.getKey().compareTo(best) < 0) {
                best = pair.getKey();
                most = count;
            }
        }
        return best;
    }
}
