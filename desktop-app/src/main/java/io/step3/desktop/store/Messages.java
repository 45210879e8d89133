package io.step3.desktop.store;

import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * The messages of the conversations. They form a tree: editing and regenerating add a sibling and
 * leave what was there. Futures fail with a {@link StoreException}.
 */
public final class Messages {

    /** A message just sent, and the answer to it that begins. */
    public record Turn(Message question, StreamingMessage answer) {}

    private static final String COLUMNS =
            "id, conversation_id, parent_id, role, status, reasoning, answer, tool_calls, error, usage, model, created,"
                    + " updated";

    private final Database database;
    private final WriteBehind writeBehind;
    private final Drafts drafts;

    Messages(Database database, WriteBehind writeBehind, Drafts drafts) {
        this.database = database;
        this.writeBehind = writeBehind;
        this.drafts = drafts;
    }

    /** One message, with what is already on the disk if it still streams. */
    public CompletableFuture<Message> get(long messageId) {
        return database.read(transaction -> load(transaction, messageId));
    }

    /** The branch that a conversation shows; empty steps before the first message. */
    public CompletableFuture<Branch> branch(long conversationId) {
        return database.read(
                transaction -> {
                    OptionalLong leaf =
                            Conversations.load(transaction, conversationId).currentLeaf();
                    return leaf.isPresent()
                            ? loadBranch(transaction, conversationId, leaf.getAsLong())
                            : new Branch(List.of());
                });
    }

    /** Adds a message after {@code parent} (or as a beginning) and shows it. */
    public CompletableFuture<Message> add(
            long conversationId, OptionalLong parent, Role role, List<Part> parts) {
        return database.write(
                transaction ->
                        load(
                                transaction,
                                insertParts(transaction, conversationId, parent, role, parts)));
    }

    /**
     * How a conversation begins.
     *
     * @param sampling a JSON object of sampling parameters
     */
    public record Beginning(String title, String systemPrompt, String sampling) {}

    /**
     * Begins a conversation with what the person wrote, begins the answer to it, and clears the
     * draft of {@link Drafts#NEW_CONVERSATION}: all or nothing.
     *
     * @param model what answers
     */
    public CompletableFuture<Turn> sendFirst(Beginning beginning, List<Part> parts, String model) {
        Optional<Draft> sent = drafts.unsaved(Drafts.NEW_CONVERSATION);
        return database.write(
                transaction -> {
                    long conversation =
                            Conversations.insert(
                                    transaction,
                                    beginning.title(),
                                    OptionalLong.empty(),
                                    beginning.systemPrompt(),
                                    JsonField.object("sampling", beginning.sampling()));
                    Turn turn = send(transaction, conversation, OptionalLong.empty(), parts, model);
                    drafts.clear(transaction, Drafts.NEW_CONVERSATION, sent);
                    return turn;
                });
    }

    /**
     * Sends what the person wrote, begins the answer to it, and clears the conversation's draft:
     * all or nothing.
     *
     * @param parent the message it follows; empty for a beginning
     * @param model what answers
     */
    public CompletableFuture<Turn> send(
            long conversationId, OptionalLong parent, List<Part> parts, String model) {
        Optional<Draft> sent = drafts.unsaved(conversationId);
        return database.write(
                transaction -> {
                    Turn turn = send(transaction, conversationId, parent, parts, model);
                    drafts.clear(transaction, conversationId, sent);
                    return turn;
                });
    }

    private Turn send(
            Transaction transaction,
            long conversationId,
            OptionalLong parent,
            List<Part> parts,
            String model)
            throws SQLException, IOException {
        long question = insertParts(transaction, conversationId, parent, Role.USER, parts);
        long answer = insertAnswer(transaction, conversationId, OptionalLong.of(question), model);
        return new Turn(
                load(transaction, question),
                new StreamingMessage(answer, conversationId, writeBehind));
    }

    /**
     * Writes an earlier message of the person anew, as a sibling of it, and begins the answer to
     * that.
     */
    public CompletableFuture<Turn> edit(long messageId, List<Part> parts, String model) {
        return database.write(
                transaction -> {
                    Message old = load(transaction, messageId);
                    if (old.role() == Role.ASSISTANT) {
                        throw new StoreException.Refused("Only what a person wrote can be edited.");
                    }
                    long question =
                            insertParts(
                                    transaction,
                                    old.conversationId(),
                                    old.parent(),
                                    old.role(),
                                    parts);
                    long answer =
                            insertAnswer(
                                    transaction,
                                    old.conversationId(),
                                    OptionalLong.of(question),
                                    model);
                    return new Turn(
                            load(transaction, question),
                            new StreamingMessage(answer, old.conversationId(), writeBehind));
                });
    }

    /** Begins an answer to a message, as one more child of it, and shows it. */
    public CompletableFuture<StreamingMessage> answer(long questionId, String model) {
        return database.write(
                transaction -> {
                    long conversationId = load(transaction, questionId).conversationId();
                    long id =
                            insertAnswer(
                                    transaction,
                                    conversationId,
                                    OptionalLong.of(questionId),
                                    model);
                    return new StreamingMessage(id, conversationId, writeBehind);
                });
    }

    /** Begins another answer beside one that is there. */
    public CompletableFuture<StreamingMessage> regenerate(long answerId, String model) {
        return database.write(
                transaction -> {
                    Message old = loadAnswer(transaction, answerId);
                    long id = insertAnswer(transaction, old.conversationId(), old.parent(), model);
                    return new StreamingMessage(id, old.conversationId(), writeBehind);
                });
    }

    /**
     * Opens an ended answer that no other turn follows again, to continue where it stopped.
     *
     * @param model what goes on; if another model began, the message names both
     */
    public CompletableFuture<StreamingMessage> resume(long answerId, String model) {
        return database.write(
                transaction -> {
                    Message old = loadAnswer(transaction, answerId);
                    if (old.status() == MessageStatus.STREAMING) {
                        throw new StoreException.Refused("This answer is still being written.");
                    }
                    if (transaction
                            .first(_ -> true, "SELECT 1 FROM message WHERE parent_id = ?", answerId)
                            .isPresent()) {
                        throw new StoreException.Refused("Another turn follows this answer.");
                    }
                    transaction.update(
                            "UPDATE message SET status = 'STREAMING', error = '', model = ? WHERE id = ?",
                            joined(old.model(), model),
                            answerId);
                    RowChecksum.MESSAGE.seal(transaction, answerId);
                    transaction.changed(new Change.Messages(old.conversationId()));
                    return new StreamingMessage(answerId, old.conversationId(), writeBehind);
                });
    }

    private static String joined(String models, String next) {
        if (models.isEmpty()) {
            return next;
        }
        return models.equals(next) || models.endsWith(", " + next) ? models : models + ", " + next;
    }

    /** Shows the branch through a message, down to where it was last followed. */
    public CompletableFuture<Branch> show(long messageId) {
        return database.write(
                transaction -> {
                    long conversationId = load(transaction, messageId).conversationId();
                    long leaf = loadTree(transaction, conversationId).leafBelow(messageId);
                    setLeaf(transaction, conversationId, leaf);
                    return loadBranch(transaction, conversationId, leaf);
                });
    }

    /**
     * Takes a picture out of a message; a {@link Part.RemovedImage} stays. Its bytes are deleted
     * when nothing else uses them.
     *
     * @param position which of the message's parts it is, from 0
     */
    public CompletableFuture<Message> removeImage(long messageId, int position) {
        return database.write(
                transaction -> {
                    int removed =
                            transaction.update(
                                    "UPDATE part SET kind = 'REMOVED_IMAGE', sha256 = NULL"
                                            + " WHERE message_id = ? AND position = ? AND kind = 'IMAGE'",
                                    messageId,
                                    position);
                    Message message = load(transaction, messageId);
                    if (removed == 0) {
                        throw new StoreException.Refused(
                                "There is no picture at this place of the message.");
                    }
                    RowChecksum.MESSAGE.seal(transaction, messageId);
                    Attachments.collect(transaction, drafts.folder());
                    transaction.changed(new Change.Messages(message.conversationId()));
                    return message;
                });
    }

    private long insertParts(
            Transaction transaction,
            long conversationId,
            OptionalLong parent,
            Role role,
            List<Part> parts)
            throws SQLException, IOException {
        if (role == Role.ASSISTANT) {
            throw new StoreException.Refused(
                    "A message of the model is begun with answer, not added whole.");
        }
        long id = insert(transaction, conversationId, parent, role, MessageStatus.COMPLETE, "");
        putParts(transaction, id, parts);
        RowChecksum.MESSAGE.seal(transaction, id);
        SearchIndex.putMessage(transaction, id, Message.textOf(parts), "");
        return id;
    }

    private long insertAnswer(
            Transaction transaction, long conversationId, OptionalLong parent, String model)
            throws SQLException, IOException {
        return insert(
                transaction,
                conversationId,
                parent,
                Role.ASSISTANT,
                MessageStatus.STREAMING,
                model);
    }

    private static long insert(
            Transaction transaction,
            long conversationId,
            OptionalLong parent,
            Role role,
            MessageStatus status,
            String model)
            throws SQLException, IOException {
        Conversations.load(transaction, conversationId);
        if (parent.isPresent()
                && load(transaction, parent.getAsLong()).conversationId() != conversationId) {
            throw new StoreException.Refused(
                    "A message cannot follow one of another conversation.");
        }
        Instant now = Instant.now();
        long id =
                transaction.insert(
                        "INSERT INTO message (conversation_id, parent_id, role, status, model, created, updated, seen)"
                                + " VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
                        conversationId,
                        parent,
                        role,
                        status,
                        model,
                        now,
                        now);
        RowChecksum.MESSAGE.seal(transaction, id);
        setLeaf(transaction, conversationId, id);
        Conversations.touch(transaction, conversationId);
        return id;
    }

    static void putParts(Transaction transaction, long messageId, List<Part> parts)
            throws SQLException, IOException {
        int position = 0;
        for (Part part : parts) {
            switch (part) {
                case Part.Text(String text) ->
                        putPart(transaction, messageId, position, "TEXT", text, null);
                case Part.RemovedImage(String name) ->
                        putPart(transaction, messageId, position, "REMOVED_IMAGE", name, null);
                case Part.Image(String sha256, String name) -> {
                    Attachments.use(transaction, sha256);
                    putPart(transaction, messageId, position, "IMAGE", name, sha256);
                }
            }
            position++;
        }
    }

    private static void putPart(
            Transaction transaction,
            long messageId,
            int position,
            String kind,
            String text,
            String sha256)
            throws SQLException {
        transaction.update(
                "INSERT INTO part VALUES (?, ?, ?, ?, ?)", messageId, position, kind, text, sha256);
    }

    /** Makes a message the end of the shown branch, and marks the branch as the one last seen. */
    static void setLeaf(Transaction transaction, long conversationId, long leaf)
            throws SQLException {
        transaction.update(
                "UPDATE conversation SET current_leaf = ? WHERE id = ?", leaf, conversationId);
        transaction.update(
                """
                WITH RECURSIVE path (id, parent_id) AS (
                    SELECT id, parent_id FROM message WHERE id = ?1
                    UNION ALL
                    SELECT message.id, message.parent_id FROM message JOIN path ON message.id = path.parent_id)
                UPDATE message
                SET seen = 1 + (SELECT max(seen) FROM message AS any WHERE any.conversation_id = ?2)
                WHERE id IN (SELECT id FROM path)
                """,
                leaf,
                conversationId);
        transaction.changed(new Change.Messages(conversationId));
    }

    static MessageTree loadTree(Transaction transaction, long conversationId) throws SQLException {
        return new MessageTree(
                transaction.list(
                        row ->
                                new MessageTree.Node(
                                        row.getLong("id"),
                                        Transaction.optionalLong(row, "parent_id"),
                                        row.getLong("seen")),
                        "SELECT id, parent_id, seen FROM message WHERE conversation_id = ? ORDER BY id",
                        conversationId));
    }

    static Branch loadBranch(Transaction transaction, long conversationId, long leaf)
            throws SQLException, IOException {
        MessageTree tree = loadTree(transaction, conversationId);
        List<Branch.Step> steps = new ArrayList<>();
        for (long id : tree.pathTo(leaf)) {
            steps.add(new Branch.Step(load(transaction, id), tree.siblings(id)));
        }
        return new Branch(steps);
    }

    /**
     * All messages of a conversation, in the order in which they were written: parents before
     * children.
     */
    static List<Message> loadAll(Transaction transaction, long conversationId)
            throws SQLException, IOException {
        List<Message> messages = new ArrayList<>();
        List<Long> ids =
                transaction.list(
                        row -> row.getLong(1),
                        "SELECT id FROM message WHERE conversation_id = ? ORDER BY id",
                        conversationId);
        for (long id : ids) {
            messages.add(load(transaction, id));
        }
        return messages;
    }

    private static Message loadAnswer(Transaction transaction, long id)
            throws SQLException, StoreException {
        Message message = load(transaction, id);
        if (message.role() != Role.ASSISTANT) {
            throw new StoreException.Refused("Message " + id + " is not an answer of the model.");
        }
        return message;
    }

    static Message load(Transaction transaction, long id)
            throws SQLException, StoreException.Refused {
        List<Part> parts =
                transaction.list(
                        Messages::part,
                        "SELECT kind, text, sha256 FROM part WHERE message_id = ? ORDER BY position",
                        id);
        Map<StreamingMessage.Channel, String> streamed = new HashMap<>();
        transaction.list(
                row ->
                        streamed.put(
                                StreamingMessage.Channel.valueOf(row.getString(1)),
                                row.getString(2)),
                "SELECT channel, group_concat(text, '' ORDER BY id) FROM stream_piece WHERE message_id = ?"
                        + " GROUP BY channel",
                id);
        return transaction
                .first(
                        row -> message(row, parts, streamed),
                        "SELECT " + COLUMNS + " FROM message WHERE id = ?",
                        id)
                .orElseThrow(() -> new StoreException.Refused("There is no message " + id + "."));
    }

    private static Message message(
            ResultSet row, List<Part> parts, Map<StreamingMessage.Channel, String> streamed)
            throws SQLException {
        return new Message(
                row.getLong("id"),
                row.getLong("conversation_id"),
                Transaction.optionalLong(row, "parent_id"),
                Role.valueOf(row.getString("role")),
                MessageStatus.valueOf(row.getString("status")),
                parts,
                row.getString("reasoning")
                        + streamed.getOrDefault(StreamingMessage.Channel.REASONING, ""),
                row.getString("answer")
                        + streamed.getOrDefault(StreamingMessage.Channel.ANSWER, ""),
                row.getString("tool_calls"),
                row.getString("error"),
                row.getString("usage"),
                row.getString("model"),
                Transaction.instant(row, "created"),
                Transaction.instant(row, "updated"));
    }

    private static Part part(ResultSet row) throws SQLException {
        String text = row.getString("text");
        return switch (row.getString("kind")) {
            case "IMAGE" -> new Part.Image(row.getString("sha256"), text);
            case "REMOVED_IMAGE" -> new Part.RemovedImage(text);
            default -> new Part.Text(text);
        };
    }
}
