package io.step3.desktop.store;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A message of the model while it comes. Pieces are taken from any thread without waiting, and are
 * on the disk within half a second; {@link #finish} closes the message. Should the program die
 * before that, the next start finds the message with what was written, as {@link
 * MessageStatus#INTERRUPTED}.
 */
public final class StreamingMessage {

    /** What a piece belongs to. */
    public enum Channel {
        /** What the model thinks. */
        REASONING,
        /** What it says. */
        ANSWER
    }

    /**
     * How a message ended.
     *
     * @param status anything but {@link MessageStatus#STREAMING}
     * @param error why it failed, in words for the person; else empty
     * @param toolCalls a JSON array
     * @param usage a JSON object of token counts and timings
     */
    public record Ending(MessageStatus status, String error, String toolCalls, String usage) {

        /** An ending without tool calls, usage or error. */
        public static Ending of(MessageStatus status) {
            return new Ending(status, "", "[]", "{}");
        }
    }

    private final long id;
    private final long conversationId;
    private final WriteBehind writeBehind;
    private final WriteBehind.Source source = new Pieces();

    private final StringBuilder reasoning = new StringBuilder();
    private final StringBuilder answer = new StringBuilder();
    private Ending ending;
    private CompletableFuture<Message> finished;

    StreamingMessage(long id, long conversationId, WriteBehind writeBehind) {
        this.id = id;
        this.conversationId = conversationId;
        this.writeBehind = writeBehind;
    }

    /** The message's id. */
    public long id() {
        return id;
    }

    /** The conversation it belongs to. */
    public long conversationId() {
        return conversationId;
    }

    /** Adds a piece. Never waits; pieces that come after {@link #finish} are dropped. */
    public void append(Channel channel, String text) {
        synchronized (this) {
            if (ending != null) {
                return;
            }
            (channel == Channel.REASONING ? reasoning : answer).append(text);
        }
        writeBehind.changed(source);
    }

    /**
     * Ends the message. While the disk is full or fails, the text stays in memory and the writing
     * is tried again, see {@link Change.SavingFails}. Only the first call counts.
     *
     * @return the whole message, once it is on the disk
     */
    public CompletableFuture<Message> finish(Ending how) {
        CompletableFuture<Message> result;
        synchronized (this) {
            if (finished != null) {
                return finished;
            }
            result = new CompletableFuture<>();
            try {
                if (how.status() == MessageStatus.STREAMING) {
                    throw new StoreException.Refused(
                            "A finished message cannot have the status STREAMING.");
                }
                JsonField.array("tool calls", how.toolCalls());
                JsonField.object("usage", how.usage());
            } catch (StoreException.Refused e) {
                result.completeExceptionally(e);
                return result;
            }
            ending = how;
            finished = result;
        }
        writeBehind.hurry(source);
        return result;
    }

    private final class Pieces implements WriteBehind.Source {
        @Override
        public void write(Transaction transaction) throws SQLException, IOException {
            String newReasoning;
            String newAnswer;
            Ending end;
            synchronized (StreamingMessage.this) {
                end = ending;
                newReasoning = writable(reasoning, end != null);
                newAnswer = writable(answer, end != null);
            }
            insert(transaction, Channel.REASONING, newReasoning);
            insert(transaction, Channel.ANSWER, newAnswer);
            if (end != null) {
                Optional<Message> message = settle(transaction, id, end);
                transaction.afterCommit(() -> complete(message));
            }
            transaction.afterCommit(
                    () -> {
                        synchronized (StreamingMessage.this) {
                            reasoning.delete(0, newReasoning.length());
                            answer.delete(0, newAnswer.length());
                        }
                    });
        }

        private void complete(Optional<Message> message) {
            if (message.isPresent()) {
                finished.complete(message.get());
            } else {
                finished.completeExceptionally(
                        new StoreException.Refused(
                                "The conversation of this message was deleted for good."));
            }
        }

        private void insert(Transaction transaction, Channel channel, String text)
                throws SQLException {
            if (text.isEmpty()) {
                return;
            }
            // Only if the message is still there: a conversation may be purged while its answer
            // streams.
            Optional<Long> piece =
                    transaction.first(
                            row -> row.getLong(1),
                            "INSERT INTO stream_piece (message_id, channel, text)"
                                    + " SELECT id, ?, ? FROM message WHERE id = ? AND status = 'STREAMING'"
                                    + " RETURNING id",
                            channel,
                            text,
                            id);
            if (piece.isPresent()) {
                RowChecksum.STREAM_PIECE.seal(transaction, piece.get());
            }
        }

        @Override
        public void abandon(StoreException why) {
            synchronized (StreamingMessage.this) {
                if (finished != null) {
                    finished.completeExceptionally(why);
                }
            }
        }
    }

    /**
     * The text so far; a character whose second half (in UTF-16) is still to come waits for that.
     */
    private static String writable(StringBuilder text, boolean all) {
        int length = text.length();
        if (!all && length > 0 && Character.isHighSurrogate(text.charAt(length - 1))) {
            length--;
        }
        return text.substring(0, length);
    }

    /**
     * Joins the pieces of a streaming message to its text and ends it; empty if there is no such
     * message.
     */
    static Optional<Message> settle(Transaction transaction, long id, Ending ending)
            throws SQLException, StoreException {
        int found =
                transaction.update(
                        """
                        UPDATE message SET
                            reasoning = reasoning || coalesce((SELECT group_concat(text, '' ORDER BY id)
                                FROM stream_piece WHERE message_id = message.id AND channel = 'REASONING'), ''),
                            answer = answer || coalesce((SELECT group_concat(text, '' ORDER BY id)
                                FROM stream_piece WHERE message_id = message.id AND channel = 'ANSWER'), ''),
                            status = ?, error = ?, tool_calls = ?, usage = ?, updated = ?
                        WHERE id = ? AND status = 'STREAMING'
                        """,
                        ending.status(),
                        ending.error(),
                        ending.toolCalls(),
                        ending.usage(),
                        Instant.now(),
                        id);
        if (found == 0) {
            return Optional.empty();
        }
        transaction.update("DELETE FROM stream_piece WHERE message_id = ?", id);
        RowChecksum.MESSAGE.seal(transaction, id);
        Message message = Messages.load(transaction, id);
        SearchIndex.putMessage(transaction, id, message.text(), message.reasoning());
        Conversations.touch(transaction, message.conversationId());
        transaction.changed(new Change.Messages(message.conversationId()));
        return Optional.of(message);
    }
}
