package io.step3.desktop.store;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Conversations to and from files. Futures fail with a {@link StoreException}. */
public final class Archive {

    /**
     * So much text goes into one transaction of an import, so that streamed answers are not held
     * up.
     */
    private static final int BATCH_CHARACTERS = 256 << 10;

    private final Database database;
    private final DataFolder folder;

    Archive(Database database, DataFolder folder) {
        this.database = database;
        this.folder = folder;
    }

    /**
     * Writes a conversation to a file, which is made or replaced whole or not at all. Searches do
     * not wait for it.
     *
     * @param labels the words that the file adds
     * @param signs how a web page looks
     * @return the file
     */
    public CompletableFuture<Path> export(
            long conversationId,
            ExportFormat format,
            ExportLabels labels,
            ExportSigns signs,
            Path file) {
        return database.readSlowly(
                        transaction -> Transcript.load(transaction, folder, conversationId, labels))
                .thenCompose(
                        transcript -> apart(file, () -> write(transcript, format, signs, file)));
    }

    private static Path write(
            Transcript transcript, ExportFormat format, ExportSigns signs, Path file)
            throws IOException {
        AtomicFile.export(
                file,
                out -> {
                    switch (format) {
                        case MARKDOWN -> MarkdownExport.write(transcript, out);
                        case JSON -> JsonExport.write(transcript, out);
                        case HTML -> HtmlExport.write(transcript, signs, out);
                    }
                });
        return file;
    }

    private interface FileWork<T> {
        T run() throws IOException;
    }

    /** Runs work at a file on a thread of its own. */
    private static <T> CompletableFuture<T> apart(Path file, FileWork<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread.ofVirtual()
                .name("step3-archive")
                .start(
                        () -> {
                            try {
                                result.complete(work.run());
                            } catch (CompletionException e) {
                                result.completeExceptionally(e.getCause());
                            } catch (IOException e) {
                                result.completeExceptionally(StoreException.of(e, file));
                            } catch (RuntimeException | Error e) {
                                result.completeExceptionally(e);
                            }
                        });
        return result;
    }

    /**
     * Reads a conversation that was exported as JSON, as a new one. If the file is not right,
     * nothing is added.
     */
    public CompletableFuture<Conversation> importJson(Path file) {
        return apart(file, () -> store(file));
    }

    /**
     * Pictures are stored as they are read, since all of them may be larger than the memory;
     * messages in many steps, hidden until the last. What fails, or dies, on the way is removed.
     */
    private Conversation store(Path file) throws IOException {
        List<String> pictures = new ArrayList<>();
        OptionalLong made = OptionalLong.empty();
        try {
            JsonImport.Imported imported =
                    JsonImport.read(
                            file,
                            picture -> {
                                pictures.add(picture.sha256());
                                database.write(transaction -> put(transaction, picture)).join();
                            });
            long id = database.write(transaction -> insert(transaction, imported)).join();
            made = OptionalLong.of(id);
            List<Long> ids = new ArrayList<>();
            while (ids.size() < imported.messages().size()) {
                int from = ids.size();
                ids.addAll(
                        database.write(transaction -> insert(transaction, id, imported, from, ids))
                                .join());
            }
            return database.write(transaction -> reveal(transaction, id, imported, ids)).join();
        } catch (IOException | RuntimeException | Error e) {
            remove(made, pictures);
            throw e;
        }
    }

    private Attachment put(Transaction transaction, JsonImport.Picture picture)
            throws SQLException, IOException {
        return Attachments.put(
                transaction,
                folder,
                picture.bytes(),
                picture.mediaType(),
                picture.width(),
                picture.height());
    }

    private void remove(OptionalLong conversation, List<String> pictures) {
        database.write(
                        transaction -> {
                            for (String sha256 : pictures) {
                                transaction.update(
                                        "UPDATE attachment SET fresh = 0 WHERE sha256 = ?", sha256);
                            }
                            if (conversation.isPresent()) {
                                Conversations.purge(transaction, conversation.getAsLong());
                            }
                            Attachments.collect(transaction, folder);
                            return null;
                        })
                .exceptionally(
                        failed -> {
                            // It stays hidden, and the next start removes it.
                            return null;
                        })
                .join();
    }

    private static long insert(Transaction transaction, JsonImport.Imported imported)
            throws SQLException {
        return transaction.insert(
                "INSERT INTO conversation (title, created, updated, system_prompt, sampling, model, incomplete)"
                        + " VALUES (?, ?, ?, ?, ?, ?, 1)",
                Conversations.title(imported.title()),
                imported.created(),
                imported.updated(),
                imported.systemPrompt(),
                imported.sampling(),
                imported.model());
    }

    /** Inserts the next messages, as many as one transaction should hold, and gives their ids. */
    private static List<Long> insert(
            Transaction transaction,
            long conversationId,
            JsonImport.Imported imported,
            int from,
            List<Long> before)
            throws SQLException, IOException {
        List<Long> ids = new ArrayList<>();
        int characters = 0;
        for (int i = from; i < imported.messages().size() && characters < BATCH_CHARACTERS; i++) {
            JsonImport.ImportedMessage message = imported.messages().get(i);
            Long parent = null;
            if (message.parent().isPresent()) {
                int index = message.parent().getAsInt();
                parent = index < from ? before.get(index) : ids.get(index - from);
            }
            long id =
                    transaction.insert(
                            "INSERT INTO message (conversation_id, parent_id, role, status, reasoning, answer,"
                                    + " tool_calls, error, usage, model, created, updated, seen)"
                                    + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
                            conversationId,
                            parent,
                            message.role(),
                            message.status(),
                            message.reasoning(),
                            message.answer(),
                            message.toolCalls(),
                            message.error(),
                            message.usage(),
                            message.model(),
                            message.created(),
                            message.updated());
            Messages.putParts(transaction, id, message.parts());
            RowChecksum.MESSAGE.seal(transaction, id);
            String said =
                    message.role() == Role.ASSISTANT
                            ? message.answer()
                            : Message.textOf(message.parts());
            SearchIndex.putMessage(transaction, id, said, message.reasoning());
            characters += 1_000 + said.length() + message.reasoning().length();
            ids.add(id);
        }
        return ids;
    }

    private static Conversation reveal(
            Transaction transaction, long id, JsonImport.Imported imported, List<Long> ids)
            throws SQLException, IOException {
        OptionalInt leaf = imported.currentLeaf();
        if (!ids.isEmpty()) {
            Messages.setLeaf(
                    transaction, id, leaf.isPresent() ? ids.get(leaf.getAsInt()) : ids.getLast());
        }
        OptionalInt start = imported.contextStart();
        transaction.update(
                "UPDATE conversation SET incomplete = 0, context_start = ? WHERE id = ?",
                start.isPresent() ? ids.get(start.getAsInt()) : null,
                id);
        RowChecksum.CONVERSATION.seal(transaction, id);
        SearchIndex.putTitle(transaction, id, Conversations.title(imported.title()));
        transaction.changed(new Change.ConversationList());
        return Conversations.load(transaction, id);
    }
}
