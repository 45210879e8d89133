package io.step3.desktop.render;

/**
 * A place in the text of a conversation.
 *
 * @param document index among the documents of the conversation
 * @param block index among the blocks of the document
 * @param offset in the text of the block
 */
public record TextPosition(int document, int block, int offset)
        implements Comparable<TextPosition> {

    @Override
    public int compareTo(TextPosition other) {
        int byDocument = Integer.compare(document, other.document);
        int byBlock = byDocument != 0 ? byDocument : Integer.compare(block, other.block);
        return byBlock != 0 ? byBlock : Integer.compare(offset, other.offset);
    }
}
