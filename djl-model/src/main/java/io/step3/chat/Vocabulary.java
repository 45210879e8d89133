package io.step3.chat;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The bytes that each token stands for, and which tokens were added to the model's own.
 *
 * <p>The native tokenizer decodes only whole sequences; a stream needs the bytes of single tokens.
 */
final class Vocabulary {

    private static final byte[] NO_BYTES = {};

    private final byte[][] bytes;
    private final Spelling spelling;
    private final BitSet special = new BitSet();
    private final BitSet toolMarks = new BitSet();
    private final Map<String, Integer> added = new HashMap<>();

    /**
     * @param model ids by token
     * @param addedTokens none of them empty; they hide the model's own of the same ids
     */
    Vocabulary(Map<String, Integer> model, List<AddedToken> addedTokens, Spelling spelling) {
        int last = model.values().stream().mapToInt(Integer::intValue).max().orElse(-1);
        last = Math.max(last, addedTokens.stream().mapToInt(AddedToken::id).max().orElse(-1));
        this.bytes = new byte[last + 1][];
        this.spelling = spelling;
        model.forEach((token, id) -> bytes[id] = spelling.bytes(token));
        for (AddedToken token : addedTokens) {
            add(token);
        }
    }

    private void add(AddedToken token) {
        String content = token.content();
        bytes[token.id()] = spelling.bytes(content);
        special.set(token.id(), token.special());
        toolMarks.set(token.id(), OutputParser.TOOL_MARKS.contains(content));
        added.put(content, token.id());
    }

    /** The highest token id plus one. */
    int size() {
        return bytes.length;
    }

    /** What is left out where a text begins. */
    Spelling spelling() {
        return spelling;
    }

    /** The bytes of a token; none for an id that names no token. Not to be changed. */
    byte[] bytes(int id) {
        return id < 0 || id >= bytes.length || bytes[id] == null ? NO_BYTES : bytes[id];
    }

    boolean isSpecial(int id) {
        return id >= 0 && special.get(id);
    }

    /** Whether a token is one of the marks of tool calls. */
    boolean isToolMark(int id) {
        return id >= 0 && toolMarks.get(id);
    }

    /** The id of an added token, special or not. */
    OptionalInt added(String token) {
        Integer id = added.get(token);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** Those of the added tokens that are structure. */
    Marks marks() {
        return new Marks(added, this::isSpecial);
    }
}
