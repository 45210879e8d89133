package io.step3.desktop.model;

import io.step3.chat.SamplingOptions;
import io.step3.desktop.store.Branch;
import io.step3.desktop.store.Conversation;
import io.step3.desktop.store.Drafts;
import io.step3.desktop.store.Message;
import io.step3.desktop.store.Messages;
import io.step3.desktop.store.Part;
import io.step3.desktop.store.Preset;
import io.step3.desktop.store.Role;
import io.step3.desktop.store.StreamingMessage;
import io.step3.model.ContextOverflowException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import javafx.beans.property.ObjectProperty;
import javafx.beans.property.ReadOnlyBooleanProperty;
import javafx.beans.property.ReadOnlyBooleanWrapper;
import javafx.beans.property.SimpleObjectProperty;
import javafx.beans.property.SimpleStringProperty;
import javafx.beans.property.StringProperty;
import javafx.collections.FXCollections;
import javafx.collections.ObservableList;

/** One conversation: its shown branch, and the answer that is being written. */
public final class ConversationViewModel {

    /** Share of the context from which on the person is warned. */
    private static final double NEARLY_FULL = 0.85;

    private static final int TITLE = 60;

    private final Surroundings around;
    private final Tasks tasks;
    private final ObservableList<MessageViewModel> messages = FXCollections.observableArrayList();
    private final DraftViewModel draft;
    private final StringProperty title = new SimpleStringProperty("");
    private final StringProperty systemPrompt = new SimpleStringProperty("");
    private final ObjectProperty<SamplingOptions> sampling =
            new SimpleObjectProperty<>(SamplingOptions.DEFAULT);
    private final ReadOnlyBooleanWrapper answering = new ReadOnlyBooleanWrapper();
    private final ObjectProperty<AnswerProgress> progress =
            new SimpleObjectProperty<>(AnswerProgress.NONE);

    private long id = Drafts.NEW_CONVERSATION;
    private OptionalLong contextStart = OptionalLong.empty();
    private boolean loading;
    private boolean sending;

    /** Whether the answer was to stop before it began. */
    private boolean stopAtOnce;

    private AnswerRun run;

    /** A new one. */
    ConversationViewModel(Surroundings around) {
        this.around = around;
        this.tasks = around.tasks();
        keepWhatChanges();
        draft = new DraftViewModel(around, this::id);
    }

    /** One that is kept. */
    ConversationViewModel(Surroundings around, Conversation conversation) {
        this.around = around;
        this.tasks = around.tasks();
        take(conversation);
        keepWhatChanges();
        reload();
        draft = new DraftViewModel(around, this::id);
    }

    /** From the next change on: what is there now came from the store. */
    private void keepWhatChanges() {
        systemPrompt.subscribe((_, text) -> keepSystemPrompt(text));
        sampling.subscribe((_, options) -> keepSampling(options));
    }

    private Words words() {
        return around.words().get();
    }

    /** Names it; {@link Drafts#NEW_CONVERSATION} before anything was said. */
    public long id() {
        return id;
    }

    /** What it is called; empty before anything was said. */
    public StringProperty titleProperty() {
        return title;
    }

    /** The messages of the shown branch. */
    public ObservableList<MessageViewModel> messages() {
        return messages;
    }

    /** What is typed. */
    public DraftViewModel draft() {
        return draft;
    }

    /** Instructions that stand before everything. */
    public StringProperty systemPromptProperty() {
        return systemPrompt;
    }

    /** How tokens are chosen. */
    public ObjectProperty<SamplingOptions> samplingProperty() {
        return sampling;
    }

    /** Whether an answer is being written. */
    public ReadOnlyBooleanProperty answeringProperty() {
        return answering.getReadOnlyProperty();
    }

    /** How far the answer is, or how the last one was. */
    public ObjectProperty<AnswerProgress> progressProperty() {
        return progress;
    }

    /** How the pictures of messages are had. */
    public CompletableFuture<Picture> picture(Part.Image part) {
        return around.pictures().load(part);
    }

    /** Whether the model does not see this message, since older turns were dropped. */
    public boolean isDropped(MessageViewModel message) {
        return contextStart.isPresent()
                && messages.stream().anyMatch(m -> m.id() == contextStart.getAsLong())
                && messages.indexOf(message) < indexOf(contextStart.getAsLong());
    }

    private int indexOf(long messageId) {
        for (int i = 0; i < messages.size(); i++) {
            if (messages.get(i).id() == messageId) {
                return i;
            }
        }
        return -1;
    }

    // ---- loading

    private void take(Conversation conversation) {
        loading = true;
        id = conversation.id();
        title.set(conversation.title());
        systemPrompt.set(conversation.systemPrompt());
        sampling.set(SamplingJson.read(conversation.sampling()));
        contextStart = conversation.contextStart();
        loading = false;
    }

    void reload() {
        around.then(around.store().messages().branch(id), this::show);
    }

    private void show(Branch branch) {
        Map<Long, MessageViewModel> known = new HashMap<>();
        messages.forEach(message -> known.put(message.id(), message));
        List<MessageViewModel> next = new ArrayList<>();
        for (Branch.Step step : branch.steps()) {
            MessageViewModel message = known.get(step.message().id());
            if (message == null) {
                message = new MessageViewModel(step);
            } else {
                message.update(step);
            }
            next.add(message);
        }
        int same = 0;
        while (same < Math.min(next.size(), messages.size())
                && next.get(same) == messages.get(same)) {
            same++;
        }
        messages.remove(same, messages.size());
        messages.addAll(next.subList(same, next.size()));
        if (!answering.get()) {
            progress.set(ofLastAnswer());
        }
    }

    private AnswerProgress ofLastAnswer() {
        for (MessageViewModel message : messages.reversed()) {
            AnswerUsage usage = message.usage();
            if (message.isAnswer() && usage.completionTokens() > 0) {
                return new AnswerProgress(
                        AnswerProgress.Stage.NONE,
                        usage.promptTokens(),
                        usage.promptTokens(),
                        usage.completionTokens(),
                        usage.reasoningTokens(),
                        usage.thinkingMillis(),
                        usage.firstTokenMillis(),
                        usage.tokensPerSecond(),
                        usage.contextUsed());
            }
        }
        return AnswerProgress.NONE;
    }

    // ---- settings of the conversation

    private boolean isKept() {
        return id != Drafts.NEW_CONVERSATION && !loading;
    }

    private void keepSystemPrompt(String text) {
        if (isKept()) {
            watch(around.store().conversations().setSystemPrompt(id, text));
        }
    }

    private void keepSampling(SamplingOptions options) {
        if (isKept()) {
            watch(around.store().conversations().setSampling(id, SamplingJson.write(options)));
        }
    }

    private void watch(CompletableFuture<?> future) {
        around.then(future, _ -> {});
    }

    /** Takes over a preset. */
    public void use(Preset preset) {
        systemPrompt.set(preset.systemPrompt());
        sampling.set(SamplingJson.read(preset.sampling()));
    }

    // ---- asking

    /** Whether there is anything to send and nothing in its way. */
    public boolean canSend() {
        return isFree() && draft.isComplete();
    }

    /** Sends what is typed. What is typed stays until it is on the disk. */
    public void send() {
        if (!canSend()) {
            return;
        }
        Optional<ChatModel> model = usable(!draft.pictures().isEmpty());
        if (model.isEmpty()) {
            return;
        }
        List<Part> parts = draft.parts();
        sending = true;
        stopAtOnce = false;
        CompletableFuture<Messages.Turn> turn =
                existing(parts)
                        .thenCompose(
                                conversationId ->
                                        around.store()
                                                .messages()
                                                .send(
                                                        conversationId,
                                                        leaf(),
                                                        parts,
                                                        model.get().name()));
        tasks.then(
                turn,
                sent -> {
                    sending = false;
                    draft.sent();
                    id = sent.question().conversationId();
                    around.listChanged().run();
                    begin(model.get(), sent.answer());
                },
                failure -> {
                    sending = false;
                    around.failed(failure);
                });
    }

    private CompletableFuture<Long> existing(List<Part> parts) {
        if (id != Drafts.NEW_CONVERSATION) {
            return CompletableFuture.completedFuture(id);
        }
        title.set(titleOf(parts));
        var conversations = around.store().conversations();
        String prompt = systemPrompt.get();
        String options = SamplingJson.write(sampling.get());
        return conversations
                .create(title.get(), OptionalLong.empty())
                .thenCompose(made -> conversations.setSystemPrompt(made.id(), prompt))
                .thenCompose(made -> conversations.setSampling(made.id(), options))
                .thenApply(Conversation::id);
    }

    private static String titleOf(List<Part> parts) {
        for (Part part : parts.reversed()) {
            String text =
                    switch (part) {
                        case Part.Text(String words) -> words;
                        case Part.Image(String _, String name) -> name;
                        case Part.RemovedImage(String name) -> name;
                    };
            Optional<String> line = text.lines().filter(l -> !l.isBlank()).findFirst();
            if (line.isPresent()) {
                String first = line.get().strip();
                int end =
                        first.offsetByCodePoints(
                                0, Math.min(TITLE, first.codePointCount(0, first.length())));
                return end < first.length() ? first.substring(0, end) + "…" : first;
            }
        }
        return "";
    }

    private OptionalLong leaf() {
        return messages.isEmpty() ? OptionalLong.empty() : OptionalLong.of(messages.getLast().id());
    }

    /** The model, if it is ready and sees where it must; else the person is told. */
    private Optional<ChatModel> usable(boolean mustSee) {
        Optional<ChatModel> model = around.model().ready();
        if (model.isEmpty()) {
            around.notices().info(words().text("model.notReady"));
        } else if (mustSee && !model.get().canSee()) {
            around.notices().error(words().text("blind.draft", model.get().name()));
            return Optional.empty();
        }
        return model;
    }

    private boolean isFree() {
        return !answering.get() && !sending;
    }

    /** Writes an earlier message of the person anew, beside what was there, and has it answered. */
    public void edit(MessageViewModel message, String text) {
        if (!isFree() || text.isBlank()) {
            return;
        }
        List<Part> parts = new ArrayList<>();
        message.parts().stream().filter(Part.Image.class::isInstance).forEach(parts::add);
        Optional<ChatModel> model = usable(!parts.isEmpty());
        if (model.isEmpty()) {
            return;
        }
        parts.add(new Part.Text(text.strip()));
        start(
                model.get(),
                around.store()
                        .messages()
                        .edit(message.id(), parts, model.get().name())
                        .thenApply(Messages.Turn::answer));
    }

    /** Has an answer written anew, beside the one that is there. */
    public void regenerate(MessageViewModel message) {
        if (isFree()) {
            usable(false)
                    .ifPresent(
                            model ->
                                    start(
                                            model,
                                            around.store()
                                                    .messages()
                                                    .regenerate(message.id(), model.name())));
        }
    }

    /** Has a question that was left without answer answered. */
    public void answer(MessageViewModel question) {
        if (isFree()) {
            usable(false)
                    .ifPresent(
                            model ->
                                    start(
                                            model,
                                            around.store()
                                                    .messages()
                                                    .answer(question.id(), model.name())));
        }
    }

    /** Whether a message is an answer that broke off and that nothing follows. */
    public boolean canContinue(MessageViewModel message) {
        return message.isAnswer()
                && !messages.isEmpty()
                && message == messages.getLast()
                && switch (message.message().status()) {
                    case STOPPED, INTERRUPTED, FAILED -> true;
                    case COMPLETE -> message.usage().cutShort();
                    case STREAMING -> false;
                };
    }

    /** Has the last answer go on where it broke off, in the same message. */
    public void continueAnswer() {
        if (isFree() && !messages.isEmpty() && canContinue(messages.getLast())) {
            long last = messages.getLast().id();
            usable(false).ifPresent(model -> start(model, around.store().messages().resume(last)));
        }
    }

    private void start(ChatModel model, CompletableFuture<StreamingMessage> answer) {
        sending = true;
        stopAtOnce = false;
        tasks.then(
                answer,
                begun -> {
                    sending = false;
                    begin(model, begun);
                },
                failure -> {
                    sending = false;
                    around.failed(failure);
                });
    }

    private void begin(ChatModel model, StreamingMessage answer) {
        answering.set(true);
        around.notices().clear(Notice.Kind.CONTEXT);
        tasks.then(
                around.store().messages().branch(id),
                branch -> {
                    show(branch);
                    MessageViewModel message =
                            messages.stream()
                                    .filter(m -> m.id() == answer.id())
                                    .findFirst()
                                    .orElseThrow();
                    var waiting = AnswerProgress.waiting(message.usage());
                    message.show(waiting);
                    progress.set(waiting);
                    run =
                            new AnswerRun(
                                    model,
                                    question(branch, answer.id()),
                                    around.store().attachments(),
                                    answer,
                                    around.inside().recorder(),
                                    tasks,
                                    words(),
                                    news -> hear(message, news),
                                    failure -> ended(message, model, failure));
                    if (stopAtOnce) {
                        run.stop();
                    }
                    tasks.engine().execute(run);
                },
                failure -> {
                    answering.set(false);
                    around.failed(failure);
                });
    }

    private AnswerRun.Question question(Branch branch, long answerId) {
        List<Message> context = new ArrayList<>();
        Message answer = null;
        for (Branch.Step step : branch.steps()) {
            if (contextStart.isPresent() && step.message().id() == contextStart.getAsLong()) {
                context.clear();
            }
            if (step.message().id() == answerId) {
                answer = step.message();
                break;
            }
            context.add(step.message());
        }
        return new AnswerRun.Question(systemPrompt.get(), context, answer, sampling.get());
    }

    private void hear(MessageViewModel message, AnswerRun.News news) {
        if (!news.reasoning().isEmpty()) {
            message.reasoning().append(news.reasoning());
        }
        if (!news.answer().isEmpty()) {
            message.answer().append(news.answer());
        }
        if (answering.get()) {
            message.show(news.progress());
            progress.set(news.progress());
        }
    }

    /** Brings elapsed times up to date; the view calls this a few times a second. */
    public void tick() {
        if (run != null && answering.get()) {
            AnswerProgress now = run.progress();
            int at = indexOf(run.messageId());
            if (at >= 0) {
                messages.get(at).show(now);
            }
            progress.set(now);
        }
    }

    private void ended(MessageViewModel message, ChatModel model, Throwable failure) {
        answering.set(false);
        run = null;
        message.show(AnswerProgress.NONE);
        around.then(
                around.store().messages().branch(id),
                branch -> {
                    show(branch);
                    warn(model, failure);
                });
        around.listChanged().run();
    }

    private void warn(ChatModel model, Throwable failure) {
        boolean over = failure instanceof ContextOverflowException;
        boolean nearly = progress.get().context() > NEARLY_FULL * model.contextLength();
        if ((over || nearly) && laterStart().isPresent()) {
            around.notices()
                    .show(
                            new Notice(
                                    Notice.Kind.CONTEXT,
                                    Notice.Level.WARNING,
                                    words().text(over ? "context.full" : "context.nearly"),
                                    Optional.of(
                                            new Notice.Action(
                                                    words().text("context.drop"),
                                                    this::dropOldest))));
        }
    }

    /** The first message that is left when the older half of the turns is dropped. */
    private OptionalLong laterStart() {
        int from = contextStart.isPresent() ? Math.max(0, indexOf(contextStart.getAsLong())) : 0;
        List<MessageViewModel> turns =
                messages.subList(from, messages.size()).stream()
                        .filter(message -> message.message().role() == Role.USER)
                        .toList();
        return turns.size() < 2
                ? OptionalLong.empty()
                : OptionalLong.of(turns.get((turns.size() + 1) / 2).id());
    }

    /** Drops the older half of the turns from what the model is given; nothing is deleted. */
    public void dropOldest() {
        laterStart().ifPresent(start -> startContextAt(OptionalLong.of(start)));
    }

    /** Gives the model everything again. */
    public void restoreContext() {
        startContextAt(OptionalLong.empty());
    }

    private void startContextAt(OptionalLong start) {
        around.then(
                around.store().conversations().startContextAt(id, start),
                conversation -> {
                    contextStart = conversation.contextStart();
                    tellOfContext();
                    // The same messages, some of them shown otherwise.
                    List<MessageViewModel> all = List.copyOf(messages);
                    messages.setAll(all);
                });
    }

    private void tellOfContext() {
        around.notices().clear(Notice.Kind.CONTEXT);
        if (contextStart.isPresent()) {
            around.notices()
                    .show(
                            new Notice(
                                    Notice.Kind.CONTEXT,
                                    Notice.Level.INFO,
                                    words().text("context.dropped"),
                                    Optional.of(
                                            new Notice.Action(
                                                    words().text("context.restore"),
                                                    this::restoreContext))));
        }
    }

    /** Stops the answer; what came of it is kept. */
    public void stop() {
        if (run != null) {
            run.stop();
        } else {
            stopAtOnce = sending || answering.get();
        }
    }

    /** Shows another message in the place of this one. */
    public void showSibling(long messageId) {
        if (isFree()) {
            around.then(around.store().messages().show(messageId), this::show);
        }
    }

    /** Takes a picture out of a message that was sent. */
    public void removePicture(MessageViewModel message, int position) {
        if (isFree()) {
            around.then(
                    around.store().messages().removeImage(message.id(), position), _ -> reload());
        }
    }

    /** Ends the answer now, where nobody can wait for the engine any longer. */
    void abandon() {
        if (run != null) {
            run.abandon();
        }
    }
}
