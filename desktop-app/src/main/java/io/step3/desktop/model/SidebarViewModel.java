package io.step3.desktop.model;

import io.step3.desktop.store.Conversation;
import io.step3.desktop.store.ExportFormat;
import io.step3.desktop.store.ExportLabels;
import io.step3.desktop.store.ExportSigns;
import io.step3.desktop.store.Folder;
import io.step3.desktop.store.SearchHit;
import io.step3.desktop.store.Store;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import javafx.beans.property.SimpleStringProperty;
import javafx.beans.property.StringProperty;
import javafx.collections.FXCollections;
import javafx.collections.ObservableList;

/** The list of conversations, with folders and search. */
public final class SidebarViewModel {

    private static final int MOST_HITS = 100;

    private final Store store;
    private final Tasks tasks;
    private final NoticesViewModel notices;
    private final Supplier<Words> words;
    private final ObservableList<Conversation> conversations = FXCollections.observableArrayList();
    private final ObservableList<Conversation> deletedOnes = FXCollections.observableArrayList();
    private final ObservableList<Folder> folders = FXCollections.observableArrayList();
    private final ObservableList<SearchHit> hits = FXCollections.observableArrayList();
    private final StringProperty query = new SimpleStringProperty("");
    private final LongConsumer deleted;
    private CompletableFuture<List<SearchHit>> searching = CompletableFuture.completedFuture(null);

    SidebarViewModel(
            Store store,
            Tasks tasks,
            NoticesViewModel notices,
            Supplier<Words> words,
            LongConsumer deleted) {
        this.store = store;
        this.tasks = tasks;
        this.notices = notices;
        this.words = words;
        this.deleted = deleted;
        query.subscribe(this::search);
    }

    /** All conversations: the pinned ones first, then by when something was last said. */
    public ObservableList<Conversation> conversations() {
        return conversations;
    }

    /** Those that were deleted and can be restored, the latest deleted first. */
    public ObservableList<Conversation> deleted() {
        return deletedOnes;
    }

    /** All folders by name. */
    public ObservableList<Folder> folders() {
        return folders;
    }

    /** What is searched for; empty for the whole list. */
    public StringProperty queryProperty() {
        return query;
    }

    /** What the search found. */
    public ObservableList<SearchHit> hits() {
        return hits;
    }

    void reload() {
        tasks.then(store.folders().list(), folders::setAll, this::failed);
        tasks.then(store.conversations().list(), conversations::setAll, this::failed);
        tasks.then(store.conversations().deleted(), deletedOnes::setAll, this::failed);
    }

    private void search(String text) {
        searching.cancel(false);
        if (text == null || text.isBlank()) {
            hits.clear();
            return;
        }
        var search = store.search().find(text, MOST_HITS);
        searching = search;
        tasks.then(
                search,
                found -> {
                    if (searching == search) {
                        hits.setAll(found);
                    }
                },
                failure -> {
                    if (!search.isCancelled()) {
                        failed(failure);
                    }
                });
    }

    /** Gives a conversation a new title. */
    public void rename(Conversation conversation, String title) {
        if (!title.isBlank()) {
            done(store.conversations().rename(conversation.id(), title.strip()));
        }
    }

    /** Pins or unpins. */
    public void pin(Conversation conversation, boolean pinned) {
        done(store.conversations().pin(conversation.id(), pinned));
    }

    /** Moves into a folder, or out of all. */
    public void move(Conversation conversation, Optional<Folder> folder) {
        done(
                store.conversations()
                        .move(
                                conversation.id(),
                                folder.map(f -> OptionalLong.of(f.id()))
                                        .orElse(OptionalLong.empty())));
    }

    /** Deletes, and offers to undo it. */
    public void delete(Conversation conversation) {
        tasks.then(
                store.conversations().delete(conversation.id()),
                _ -> {
                    reload();
                    deleted.accept(conversation.id());
                    undo(
                            words.get().text("undo.conversation", conversation.title()),
                            () -> done(store.conversations().restore(conversation.id())));
                },
                this::failed);
    }

    /** Brings a deleted conversation back. */
    public void restore(Conversation conversation) {
        notices.clear(Notice.Kind.UNDO);
        done(store.conversations().restore(conversation.id()));
    }

    /** Deletes a conversation for good. */
    public void deleteForGood(Conversation conversation) {
        notices.clear(Notice.Kind.UNDO);
        done(store.conversations().deleteForGood(conversation.id()));
    }

    private void undo(String text, Runnable undo) {
        notices.show(
                new Notice(
                        Notice.Kind.UNDO,
                        Notice.Level.INFO,
                        text,
                        Optional.of(
                                new Notice.Action(
                                        words.get().text("undo"),
                                        () -> {
                                            notices.clear(Notice.Kind.UNDO);
                                            undo.run();
                                        }))));
    }

    /** Makes a folder and moves a conversation into it. */
    public void moveToNewFolder(Conversation conversation, String name) {
        if (!name.isBlank()) {
            tasks.then(
                    store.folders().create(name.strip()),
                    folder -> move(conversation, Optional.of(folder)),
                    this::failed);
        }
    }

    /** Gives a folder a new name. */
    public void rename(Folder folder, String name) {
        if (!name.isBlank()) {
            done(store.folders().rename(folder.id(), name.strip()));
        }
    }

    /** Deletes a folder and keeps what is in it; offers to undo it. */
    public void delete(Folder folder) {
        tasks.then(
                store.folders().delete(folder.id()),
                _ -> {
                    reload();
                    undo(
                            words.get().text("undo.folder", folder.name()),
                            () -> done(store.folders().restore(folder.id())));
                },
                this::failed);
    }

    /**
     * Writes a conversation to a file.
     *
     * @param signs how a web page looks
     * @param written told when it is there, beside the notice
     */
    public void export(
            Conversation conversation,
            ExportFormat format,
            ExportSigns signs,
            Path file,
            Runnable written) {
        tasks.then(
                store.archive().export(conversation.id(), format, labels(), signs, file),
                _ -> {
                    notices.info(words.get().text("export.done", file));
                    written.run();
                },
                this::failed);
    }

    private ExportLabels labels() {
        Words w = words.get();
        return new ExportLabels(
                w.text("export.you"),
                w.text("export.model"),
                w.text("export.system"),
                w.text("export.tool"),
                w.text("export.systemPrompt"),
                w.text("export.reasoning"),
                w.text("export.toolCalls"),
                w.text("export.stopped"),
                w.text("export.interrupted"),
                w.text("export.failed"),
                w.text("export.removedPicture"));
    }

    /** Adds a conversation from a JSON file. */
    public void importJson(Path file) {
        tasks.then(
                store.archive().importJson(file),
                conversation -> {
                    reload();
                    notices.info(words.get().text("import.done", conversation.title()));
                },
                this::failed);
    }

    private void done(CompletableFuture<?> future) {
        tasks.then(future, _ -> reload(), this::failed);
    }

    private void failed(Throwable failure) {
        notices.error(Failures.sentence(failure, words.get()));
    }
}
