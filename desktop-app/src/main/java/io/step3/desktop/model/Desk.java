package io.step3.desktop.model;

import io.step3.desktop.store.Change;
import io.step3.desktop.store.Conversation;
import io.step3.desktop.store.Drafts;
import io.step3.desktop.store.MessageStatus;
import io.step3.desktop.store.OpenReport;
import io.step3.desktop.store.SearchHit;
import io.step3.desktop.store.Store;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;

/** Everything that the window shows: the root of the view models. */
public final class Desk {

    /** So many conversations are named in one notice. */
    private static final int MOST_NAMES = 5;

    private final Store store;
    private final Tasks tasks;
    private final NoticesViewModel notices = new NoticesViewModel();
    private final InsideViewModel inside = new InsideViewModel();
    private final SettingsViewModel settings;
    private final ModelViewModel model;
    private final SidebarViewModel sidebar;
    private final PresetsViewModel presets;
    private final Pictures pictures;
    private final Surroundings surroundings;
    private final ReadOnlyObjectWrapper<ConversationViewModel> conversation =
            new ReadOnlyObjectWrapper<>();

    private final ReadOnlyObjectWrapper<SearchHit> sought = new ReadOnlyObjectWrapper<>();

    /** The conversation that is to be shown as soon as it is read. */
    private long wanted = Drafts.NEW_CONVERSATION;

    /**
     * Conversations whose answer is asked for or being written while another is shown. Not by their
     * names: a new one has none until its first message is kept. The thread that closes reads it.
     */
    private final Set<ConversationViewModel> busy = ConcurrentHashMap.newKeySet();

    private Words words;

    /** Opens the desk on a store. */
    public Desk(Store store, Tasks tasks, ModelLoader loader) {
        this.store = store;
        this.tasks = tasks;
        settings = new SettingsViewModel(store.settings(), store.folder());
        words = new Words(settings.languageProperty().get());
        settings.languageProperty().subscribe(language -> words = new Words(language));
        model = new ModelViewModel(tasks, loader, store.settings(), notices, this::words);
        sidebar = new SidebarViewModel(store, tasks, notices, this::words, this::deleted);
        presets = new PresetsViewModel(store.presets(), tasks, this::failed);
        pictures = new Pictures(store.attachments(), tasks.background());
        surroundings =
                new Surroundings(
                        store,
                        tasks,
                        pictures,
                        new SentPictures(store.attachments(), SentPictures.MOST_BYTES),
                        model,
                        inside,
                        notices,
                        this::words,
                        sidebar::reload,
                        conversation::get,
                        this::unsent);
        store.addListener(change -> tasks.ui().execute(() -> hear(change)));
        conversation.set(new ConversationViewModel(surroundings, true));
        sidebar.reload();
        presets.reload();
        tell(store.report());
    }

    private void tell(OpenReport report) {
        report.damage().forEach(damage -> notices.error(damaged(damage, report)));
        if (report.missingPictures() > 0) {
            notices.error(words.text("opened.pictures", report.missingPictures()));
        }
        if (report.interrupted() > 0) {
            notices.info(words.text("opened.interrupted", report.interrupted()));
        }
        report.backups().forEach(backup -> notices.info(words.text("opened.migrated", backup)));
    }

    private String damaged(OpenReport.Damage damage, OpenReport report) {
        Object kept = report.damagedKeptIn().map(Object::toString).orElse("");
        return switch (damage) {
            case OpenReport.Damage.Unreadable(int messages) ->
                    words.text("opened.damaged", kept, messages);
            case OpenReport.Damage.Replaced(var copy) -> words.text("opened.copy", kept, copy);
            case OpenReport.Damage.Lost _ -> words.text("opened.anew", kept);
            case OpenReport.Damage.Behind(long commits) ->
                    words.text("opened.behind", kept, commits);
            case OpenReport.Damage.Altered(var where) when where.isEmpty() ->
                    words.text("opened.touched", kept);
            case OpenReport.Damage.Altered(var where) ->
                    words.text("opened.altered", kept, named(where));
        };
    }

    private String named(List<String> titles) {
        String names =
                titles.stream()
                        .limit(MOST_NAMES)
                        .map(title -> words.text("quoted", title))
                        .collect(Collectors.joining(words.text("comma")));
        return titles.size() > MOST_NAMES
                ? words.text("more", names, titles.size() - MOST_NAMES)
                : names;
    }

    private void hear(Change change) {
        switch (change) {
            case Change.SavingFails(var why) ->
                    notices.show(
                            new Notice(
                                    Notice.Kind.SAVING,
                                    Notice.Level.ERROR,
                                    Failures.sentence(why, words),
                                    Optional.empty()));
            case Change.SavingWorks _ -> notices.clear(Notice.Kind.SAVING);
            default -> {
                // Whoever asked for the change shows it.
            }
        }
    }

    /** Tells of a failure that nobody expected and that the log has. */
    public void unexpected(Path log, Runnable open) {
        notices.show(
                new Notice(
                        Notice.Kind.GENERAL,
                        Notice.Level.ERROR,
                        words.text("failure.logged", log),
                        Optional.of(new Notice.Action(words.text("log.open"), open))));
    }

    private void failed(Throwable failure) {
        notices.error(Failures.sentence(failure, words));
    }

    /** The window's language. */
    public Words words() {
        return words;
    }

    /** What the person is told. */
    public NoticesViewModel notices() {
        return notices;
    }

    /** The look into the network. */
    public InsideViewModel inside() {
        return inside;
    }

    /** What the person has set. */
    public SettingsViewModel settings() {
        return settings;
    }

    /** The model. */
    public ModelViewModel model() {
        return model;
    }

    /** The list of conversations. */
    public SidebarViewModel sidebar() {
        return sidebar;
    }

    /** Saved system prompts. */
    public PresetsViewModel presets() {
        return presets;
    }

    /** The pictures of all messages. */
    public Pictures pictures() {
        return pictures;
    }

    /** The conversation on show. */
    public ReadOnlyObjectProperty<ConversationViewModel> conversationProperty() {
        return conversation.getReadOnlyProperty();
    }

    /** The conversation on show. */
    public ConversationViewModel conversation() {
        return conversation.get();
    }

    /** Shows an empty conversation. */
    public void newConversation() {
        leave();
        // The draft of a new conversation is just being sent: it is no draft of the next.
        boolean sending = busy.stream().anyMatch(other -> other.id() == Drafts.NEW_CONVERSATION);
        conversation.set(new ConversationViewModel(surroundings, !sending));
    }

    /** What could not be kept is a draft again, also where the person went on. */
    private void unsent(ConversationViewModel of) {
        ConversationViewModel shown = conversation.get();
        if (of != shown && of.id() == Drafts.NEW_CONVERSATION) {
            if (shown.id() == Drafts.NEW_CONVERSATION) {
                shown.draft().takeBack(of.draft().content());
            } else {
                of.draft().keepAgain();
            }
        }
    }

    /**
     * Shows a conversation, as the store has it by now; one whose answer is being written goes on.
     */
    public void open(long conversationId) {
        wanted = conversationId;
        tasks.then(
                store.conversations().get(conversationId),
                chosen -> {
                    if (wanted == chosen.id() && conversation.get().id() != chosen.id()) {
                        show(chosen);
                    }
                },
                this::failed);
    }

    private void show(Conversation chosen) {
        leave();
        conversation.set(
                busyOne(chosen.id())
                        .orElseGet(() -> new ConversationViewModel(surroundings, chosen)));
    }

    /** Takes a conversation out of those that are busy. */
    private Optional<ConversationViewModel> busyOne(long id) {
        Optional<ConversationViewModel> found =
                busy.stream().filter(other -> other.id() == id).findFirst();
        found.ifPresent(busy::remove);
        return found;
    }

    /** Shows the place that a search found, on whatever branch it is. */
    public void open(SearchHit hit) {
        var conversations = store.conversations();
        var found =
                hit.message().isPresent()
                        ? store.messages()
                                .show(hit.message().getAsLong())
                                .thenCompose(_ -> conversations.get(hit.conversationId()))
                        : conversations.get(hit.conversationId());
        tasks.then(
                found,
                chosen -> {
                    if (conversation.get().id() == chosen.id()) {
                        conversation.get().reload();
                    } else {
                        show(chosen);
                    }
                    sought.set(hit);
                },
                this::failed);
    }

    /** The place that is to be brought into view, or null; {@link #found} once it is. */
    public ReadOnlyObjectProperty<SearchHit> soughtProperty() {
        return sought.getReadOnlyProperty();
    }

    /** What was sought is in view. */
    public void found() {
        sought.set(null);
    }

    private void leave() {
        wanted = Drafts.NEW_CONVERSATION;
        sought.set(null);
        ConversationViewModel left = conversation.get();
        left.controls().keep();
        notices.clear(Notice.Kind.CONTEXT);
        busy.add(left);
        busy.removeIf(other -> other.answering().isFree());
    }

    private void deleted(long conversationId) {
        busyOne(conversationId).ifPresent(running -> running.answering().stop());
        if (conversation.get().id() == conversationId) {
            conversation.get().answering().stop();
            conversation.set(new ConversationViewModel(surroundings, true));
        }
    }

    /** Has another model answer; what the one before is writing stops. */
    public void use(ModelChoice choice) {
        stopAll();
        model.load(choice);
    }

    /** Has all answers stop. Call {@link #close} afterwards, on another thread. */
    public void stopAll() {
        conversation.get().controls().keep();
        conversation.get().answering().stop();
        busy.forEach(running -> running.answering().stop());
    }

    /**
     * Ends what the engine did not end in time as {@link MessageStatus#STOPPED}, closes the model
     * and then the store. Waits for the disk.
     */
    public void close() {
        conversation.get().answering().abandon();
        busy.forEach(running -> running.answering().abandon());
        store.close();
    }

    /** Closes the model, once the engine is free. */
    public void closeModel() {
        model.close();
    }
}
