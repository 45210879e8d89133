package io.step3.checkpoint;

import com.google.gson.JsonElement;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The token ids that both {@code config.json} and {@code generation_config.json} may name; -1 there
 * says that there is no such token.
 *
 * @param eos each of them ends the generation; empty if none is named
 */
public record TokenIds(SortedSet<Integer> eos) {

    /** How files say that there is no such token. */
    private static final int NO_TOKEN = -1;

    static final TokenIds NONE = new TokenIds(new TreeSet<>());

    /** Copies the set. */
    public TokenIds {
        eos = Collections.unmodifiableSortedSet(new TreeSet<>(eos));
    }

    /**
     * @param absent stand in for the keys that are absent
     */
    static TokenIds parse(ConfigObject config, int vocabSize, TokenIds absent) {
        return new TokenIds(
                config.value("eos_token_id")
                        .map(value -> ids(config, "eos_token_id", value, vocabSize))
                        .orElse(absent.eos));
    }

    private static SortedSet<Integer> ids(
            ConfigObject config, String key, JsonElement value, int vocabSize) {
        var ids = new TreeSet<Integer>();
        if (value.isJsonArray()) {
            value.getAsJsonArray()
                    .forEach(id -> ids.add(config.integer(key, id, 0, vocabSize - 1)));
        } else {
            ids.add(config.integer(key, value, NO_TOKEN, vocabSize - 1));
        }
        ids.remove(NO_TOKEN);
        return ids;
    }
}
