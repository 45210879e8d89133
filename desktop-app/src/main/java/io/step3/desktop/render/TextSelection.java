package io.step3.desktop.render;

import io.step3.desktop.markdown.Block;
import io.step3.desktop.markdown.Excerpt;
import io.step3.desktop.markdown.Place;

import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * What is selected in a conversation: two places in its text, whatever nodes exist. It reads the
 * blocks of the documents and knows nothing of how they are shown.
 */
final class TextSelection {

    private final Supplier<List<List<Block>>> documents;
    private TextPosition anchor;
    private TextPosition caret;

    /**
     * @param documents the blocks of each document, in reading order
     */
    TextSelection(Supplier<List<List<Block>>> documents) {
        this.documents = documents;
    }

    /** Where the selection began, or null. */
    TextPosition anchor() {
        return anchor;
    }

    /** Where it ends, or null. */
    TextPosition caret() {
        return caret;
    }

    boolean isEmpty() {
        return anchor == null || anchor.equals(caret);
    }

    TextPosition start() {
        return anchor.compareTo(caret) <= 0 ? anchor : caret;
    }

    TextPosition end() {
        return anchor.compareTo(caret) <= 0 ? caret : anchor;
    }

    void clear() {
        anchor = null;
        caret = null;
    }

    void select(TextPosition from, TextPosition to) {
        anchor = from;
        caret = to;
    }

    void extend(TextPosition to) {
        anchor = anchor == null ? to : anchor;
        caret = to;
    }

    void selectAll() {
        List<List<Block>> all = documents.get();
        for (int first = 0; first < all.size(); first++) {
            if (!all.get(first).isEmpty()) {
                anchor = new TextPosition(first, 0, 0);
                caret = lastPosition(all);
                return;
            }
        }
    }

    private static TextPosition lastPosition(List<List<Block>> all) {
        for (int last = all.size() - 1; last >= 0; last--) {
            List<Block> blocks = all.get(last);
            if (!blocks.isEmpty()) {
                return new TextPosition(last, blocks.size() - 1, blocks.getLast().text().length());
            }
        }
        return new TextPosition(0, 0, 0);
    }

    /** Selects the word around a place. */
    void selectWord(TextPosition at) {
        String text = text(at);
        BreakIterator words = BreakIterator.getWordInstance(Locale.getDefault());
        words.setText(text);
        int offset = Math.clamp(at.offset(), 0, text.length());
        int end = offset >= text.length() ? text.length() : words.following(offset);
        int start = end <= 0 ? 0 : words.preceding(end);
        select(
                new TextPosition(at.document(), at.block(), Math.max(0, start)),
                new TextPosition(at.document(), at.block(), end));
    }

    /** Selects the block around a place. */
    void selectBlock(TextPosition at) {
        select(
                new TextPosition(at.document(), at.block(), 0),
                new TextPosition(at.document(), at.block(), text(at).length()));
    }

    /** One character further or back, over the borders of blocks and documents. */
    TextPosition move(TextPosition from, boolean forward, boolean byWord) {
        String text = text(from);
        BreakIterator steps =
                byWord
                        ? BreakIterator.getWordInstance(Locale.getDefault())
                        : BreakIterator.getCharacterInstance(Locale.getDefault());
        steps.setText(text);
        int offset = Math.clamp(from.offset(), 0, text.length());
        if (forward && offset < text.length()) {
            int next = steps.following(offset);
            while (byWord && next < text.length() && text.substring(offset, next).isBlank()) {
                offset = next;
                next = steps.following(offset);
            }
            return new TextPosition(from.document(), from.block(), next);
        }
        if (!forward && offset > 0) {
            int next = steps.preceding(offset);
            while (byWord && next > 0 && text.substring(next, offset).isBlank()) {
                offset = next;
                next = steps.preceding(offset);
            }
            return new TextPosition(from.document(), from.block(), next);
        }
        return neighbour(from, forward);
    }

    private TextPosition neighbour(TextPosition from, boolean forward) {
        List<List<Block>> all = documents.get();
        int document = from.document();
        int block = from.block() + (forward ? 1 : -1);
        while (document >= 0 && document < all.size()) {
            if (block >= 0 && block < all.get(document).size()) {
                int offset = forward ? 0 : all.get(document).get(block).text().length();
                return new TextPosition(document, block, offset);
            }
            document += forward ? 1 : -1;
            if (document >= 0 && document < all.size()) {
                block = forward ? 0 : all.get(document).size() - 1;
            }
        }
        return from;
    }

    private String text(TextPosition at) {
        List<List<Block>> all = documents.get();
        if (at.document() >= all.size() || at.block() >= all.get(at.document()).size()) {
            return "";
        }
        return all.get(at.document()).get(at.block()).text();
    }

    private static Block apart(Block block) {
        return block.at(new Place(block.place().containers(), true));
    }

    /** What is selected, to be copied. */
    Excerpt excerpt() {
        var parts = new ArrayList<Block>();
        if (isEmpty()) {
            return new Excerpt(parts);
        }
        List<List<Block>> all = documents.get();
        TextPosition start = start();
        TextPosition end = end();
        for (int d = start.document(); d <= end.document() && d < all.size(); d++) {
            List<Block> blocks = all.get(d);
            int first = d == start.document() ? start.block() : 0;
            int last = d == end.document() ? end.block() : blocks.size() - 1;
            for (int b = first; b <= last && b < blocks.size(); b++) {
                Block block = blocks.get(b);
                int length = block.text().length();
                boolean startsHere = d == start.document() && b == start.block();
                boolean endsHere = d == end.document() && b == end.block();
                int from = startsHere ? Math.min(start.offset(), length) : 0;
                int to = endsHere ? Math.min(end.offset(), length) : length;
                if (from < to || !startsHere && !endsHere) {
                    Block part = Excerpt.cut(block, from, to);
                    boolean newDocument = !parts.isEmpty() && b == 0;
                    parts.add(newDocument ? apart(part) : part);
                }
            }
        }
        return new Excerpt(parts);
    }
}
