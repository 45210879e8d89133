package io.step3.desktop.model;

import io.step3.chat.Ability;
import io.step3.chat.ChatModel;
import io.step3.chat.SamplingOptions;
import io.step3.desktop.store.Branch;
import io.step3.desktop.store.Conversation;
import io.step3.desktop.store.Draft;
import io.step3.desktop.store.Drafts;
import io.step3.desktop.store.Message;
import io.step3.desktop.store.Messages;
import io.step3.desktop.store.Part;
import io.step3.desktop.store.StreamingMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import javafx.beans.property.SimpleStringProperty;
import javafx.beans.property.StringProperty;
import javafx.collections.ObservableList;

/** One conversation: what is said in it, on which branch, and what is asked of the model. */
public final class ConversationViewModel {

    private static final int TITLE = 60;

    private final Surroundings around;
    private final StringProperty title;
    private final ShownBranch branch = new ShownBranch();
    private final ControlsViewModel controls;
    private final ContextViewModel context;
    private final AnsweringViewModel answering;
    private final DraftViewModel draft;

    private long id;

    /**
     * A new one.
     *
     * @param drafted whether what was typed and not sent is there again
     */
    ConversationViewModel(Surroundings around, boolean drafted) {
        this(
                around,
                Drafts.NEW_CONVERSATION,
                "",
                "",
                SamplingOptions.DEFAULT,
                OptionalLong.empty());
        if (drafted) {
            draft.load();
        }
    }

    /** One that is kept. */
    ConversationViewModel(Surroundings around, Conversation conversation) {
        this(
                around,
                conversation.id(),
                conversation.title(),
                conversation.systemPrompt(),
                SamplingJson.read(conversation.sampling()),
                conversation.contextStart());
        draft.load();
        reload();
    }

    private ConversationViewModel(
            Surroundings around,
            long id,
            String title,
            String systemPrompt,
            SamplingOptions sampling,
            OptionalLong contextStart) {
        this.around = around;
        this.id = id;
        this.title = new SimpleStringProperty(title);
        controls = new ControlsViewModel(around, this::id, systemPrompt, sampling);
        context = new ContextViewModel(around, this::id, this::isShown, branch, contextStart);
        answering = new AnsweringViewModel(around, branch);
        draft = new DraftViewModel(around, this::id);
    }

    /** Names it; {@link Drafts#NEW_CONVERSATION} before anything was said. */
    public long id() {
        return id;
    }

    private boolean isShown() {
        return around.shown().get() == this;
    }

    /** What it is called; empty before anything was said. */
    public StringProperty titleProperty() {
        return title;
    }

    /** The messages of the shown branch. */
    public ObservableList<MessageViewModel> messages() {
        return branch.messages();
    }

    /** How the model is to answer. */
    public ControlsViewModel controls() {
        return controls;
    }

    /** Which turns the model is given. */
    public ContextViewModel context() {
        return context;
    }

    /** The answer that is being written. */
    public AnsweringViewModel answering() {
        return answering;
    }

    /** What is typed and not sent. */
    public DraftViewModel draft() {
        return draft;
    }

    // ---- the tree

    void reload() {
        around.then(around.store().messages().branch(id), this::show);
    }

    private void show(Branch next) {
        branch.show(next);
        context.mark();
        answering.showLast();
    }

    /** Shows another message in the place of this one. */
    public void showSibling(long messageId) {
        if (answering.isFree()) {
            around.then(around.store().messages().show(messageId), this::show);
        }
    }

    /** Takes a picture out of a message that was sent. */
    public void removePicture(MessageViewModel message, int position) {
        if (answering.isFree()) {
            around.then(
                    around.store().messages().removeImage(message.id(), position), _ -> reload());
        }
    }

    // ---- asking

    /** Whether there is anything to send and nothing in its way. */
    public boolean canSend() {
        return answering.isFree() && draft.isComplete();
    }

    /** Sends what is typed. What is typed stays until it is on the disk. */
    public void send() {
        if (canSend()) {
            usable(!draft.pictures().isEmpty()).ifPresent(this::send);
        }
    }

    private void send(ChatModel model) {
        DraftViewModel.Content content = draft.content();
        List<Part> parts = draft.parts();
        CompletableFuture<Messages.Turn> turn = sent(parts, model.name());
        answering.ask(
                turn,
                sent -> {
                    named(sent.question().conversationId());
                    draft.sent(content);
                    around.listChanged().run();
                    begin(model, sent.answer());
                },
                () -> around.unsent().accept(this));
    }

    /** The draft of a new conversation is free for the next, if that has not taken its place. */
    private void named(long name) {
        ConversationViewModel shown = around.shown().get();
        if (id == Drafts.NEW_CONVERSATION && (shown == this || shown.id() != id)) {
            around.store().drafts().save(id, Draft.EMPTY);
        }
        id = name;
        controls.keep();
    }

    private CompletableFuture<Messages.Turn> sent(List<Part> parts, String model) {
        Messages messages = around.store().messages();
        if (id != Drafts.NEW_CONVERSATION) {
            return messages.send(id, branch.leaf(), parts, model);
        }
        title.set(titleOf(parts));
        controls.kept();
        return messages.sendFirst(
                new Messages.Beginning(
                        title.get(),
                        controls.systemPromptProperty().get(),
                        SamplingJson.write(controls.samplingProperty().get())),
                parts,
                model);
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

    /** The model, if it is ready and sees where it must; else the person is told. */
    private Optional<ChatModel> usable(boolean mustSee) {
        Optional<ChatModel> model = around.model().ready();
        Words words = around.words().get();
        if (model.isEmpty()) {
            around.notices().info(words.text("model.notReady"));
        } else if (mustSee && !model.get().can(Ability.SEE)) {
            around.notices().error(words.text("blind.draft", model.get().name()));
            return Optional.empty();
        }
        return model;
    }

    /** Writes an earlier message of the person anew, beside what was there, and has it answered. */
    public void edit(MessageViewModel message, String text) {
        if (text.isBlank()) {
            return;
        }
        List<Part> parts = new ArrayList<>();
        message.parts().stream().filter(Part.Image.class::isInstance).forEach(parts::add);
        boolean shows = !parts.isEmpty();
        parts.add(new Part.Text(text.strip()));
        ask(
                shows,
                model ->
                        around.store()
                                .messages()
                                .edit(message.id(), parts, model.name())
                                .thenApply(Messages.Turn::answer));
    }

    /** Has an answer written anew, beside the one that is there. */
    public void regenerate(MessageViewModel message) {
        ask(false, model -> around.store().messages().regenerate(message.id(), model.name()));
    }

    /**
     * Whether a message is an answer that broke off and that nothing follows, and the model in use,
     * if there is one, could go on with it.
     */
    public boolean canContinue(MessageViewModel message) {
        boolean able = around.model().ready().stream().allMatch(m -> m.can(Ability.CONTINUE));
        return able
                && message.isAnswer()
                && !messages().isEmpty()
                && message == messages().getLast()
                && switch (message.message().status()) {
                    case STOPPED, INTERRUPTED, FAILED -> true;
                    case COMPLETE -> message.usage().cutShort();
                    case STREAMING -> false;
                };
    }

    /** Has the last answer go on where it broke off, in the same message. */
    public void continueAnswer() {
        if (!messages().isEmpty() && canContinue(messages().getLast())) {
            long last = messages().getLast().id();
            ask(false, model -> around.store().messages().resume(last, model.name()));
        }
    }

    /** Has an answer written if none is and the model is usable. */
    private void ask(
            boolean mustSee, Function<ChatModel, CompletableFuture<StreamingMessage>> place) {
        if (answering.isFree()) {
            usable(mustSee)
                    .ifPresent(
                            model ->
                                    answering.ask(
                                            place.apply(model), begun -> begin(model, begun)));
        }
    }

    private void begin(ChatModel model, StreamingMessage answer) {
        answering.begin();
        around.notices().clear(Notice.Kind.CONTEXT);
        around.tasks()
                .then(
                        around.store().messages().branch(id),
                        next -> {
                            show(next);
                            answering.write(
                                    model,
                                    question(next, answer.id()),
                                    answer,
                                    failure -> ended(model, failure));
                        },
                        failure -> {
                            answering.end();
                            around.failed(failure);
                        });
    }

    private AnswerRun.Question question(Branch asked, long answerId) {
        List<Message> messages = asked.steps().stream().map(Branch.Step::message).toList();
        List<Message> before =
                messages.stream().takeWhile(message -> message.id() != answerId).toList();
        return new AnswerRun.Question(
                controls.systemPromptProperty().get(),
                context.given(before),
                messages.get(before.size()),
                controls.samplingProperty().get());
    }

    private void ended(ChatModel model, Throwable failure) {
        around.then(
                around.store().messages().branch(id),
                next -> {
                    show(next);
                    int used = answering.progressProperty().get().context();
                    context.warn(used, model.contextLength(), failure);
                });
        around.listChanged().run();
    }
}
