package io.step3.desktop.view;

import atlantafx.base.theme.Styles;
import io.step3.desktop.model.AnswerProgress;
import io.step3.desktop.model.ConversationViewModel;
import io.step3.desktop.model.MessageViewModel;
import io.step3.desktop.model.StreamedText;
import io.step3.desktop.model.Words;
import io.step3.desktop.render.DocumentView;
import io.step3.desktop.render.StreamFeed;
import io.step3.desktop.store.Message;
import io.step3.desktop.store.MessageStatus;
import io.step3.desktop.store.SearchHit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javafx.css.PseudoClass;
import javafx.geometry.Pos;
import javafx.scene.AccessibleRole;
import javafx.scene.control.Label;
import javafx.scene.input.Clipboard;
import javafx.scene.input.ClipboardContent;
import javafx.scene.layout.HBox;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;
import javafx.util.Subscription;

/** One message: who speaks, its pictures, the thoughts, the text, and what can be done with it. */
final class MessageView extends StackPane {

    private static final int BEGINNING = 80;
    private static final PseudoClass DROPPED = PseudoClass.getPseudoClass("dropped");

    private final ConversationViewModel conversation;
    private final MessageViewModel message;
    private final ViewContext context;
    private final Words words;
    private final VBox column = new VBox();
    private final DocumentView text;
    private final ReasoningView reasoning;
    private final MessagePictures pictures;
    private final Label who = new Label();
    private final Label state = new Label();
    private final MessageFoot foot;
    private final Subscription subscription;

    /** Those that have not shown everything yet. */
    private final List<StreamFeed> feeds = new ArrayList<>();

    private StreamFeed answerFeed;
    private StreamFeed reasoningFeed;
    private CompletableFuture<Void> textShown = new CompletableFuture<>();
    private CompletableFuture<Void> reasoningShown = new CompletableFuture<>();
    private Runnable silence = () -> {};
    private boolean resuming;
    private HBox border;
    private MessageEditor editor;

    MessageView(ConversationViewModel conversation, MessageViewModel message, ViewContext context) {
        this.conversation = conversation;
        this.message = message;
        this.context = context;
        this.words = context.words();
        getStyleClass().addAll("message", message.isAnswer() ? "from-model" : "from-person");
        text = new DocumentView(context.render());
        who.getStyleClass().add("who");
        column.getStyleClass().add("message-column");
        pictures = new MessagePictures(conversation, message, context);
        state.getStyleClass().add("message-state");
        state.setWrapText(true);
        foot = new MessageFoot(conversation, message, this, context);
        if (message.isAnswer()) {
            reasoning =
                    new ReasoningView(
                            message,
                            new DocumentView(context.render()),
                            context.desk().settings().reasoningProperty(),
                            words);
            column.getChildren().addAll(who, reasoning, text, state, foot);
        } else {
            reasoning = null;
            VBox bubble = new VBox(pictures, text);
            bubble.getStyleClass().add("bubble");
            column.getChildren().addAll(who, bubble, state, foot);
        }
        getChildren().add(column);
        setAlignment(Pos.TOP_CENTER);
        setAccessibleRole(AccessibleRole.PARENT);
        fill();
        subscription =
                message.stepProperty()
                        .subscribe(_ -> update())
                        .and(message.progressProperty().subscribe(_ -> updateProgress()))
                        .and(message.droppedProperty().subscribe(this::showDropped))
                        .and(message.firstGivenProperty().subscribe(this::showBorder))
                        .and(conversation.messages().subscribe(foot::offerToGoOn));
    }

    /** The documents inside, in reading order. */
    DocumentView[] documents() {
        return reasoning == null
                ? new DocumentView[] {text}
                : new DocumentView[] {reasoning.document(), text};
    }

    /** What it shows. */
    MessageViewModel message() {
        return message;
    }

    private void fill() {
        if (message.isAnswer()) {
            reasoningFeed = feed(reasoning.document());
            answerFeed = feed(text);
            Runnable first = follow(message.reasoning(), reasoningFeed);
            Runnable second = follow(message.answer(), answerFeed);
            silence =
                    () -> {
                        first.run();
                        second.run();
                    };
        } else {
            answerFeed = feed(text);
            answerFeed.append(message.text());
            finishFeeds();
        }
    }

    /** What is there stays; what comes is parsed with it anew, once all before it is shown. */
    private void goOn() {
        if (!resuming) {
            resuming = true;
            CompletableFuture.allOf(textShown, reasoningShown)
                    .thenRun(
                            () -> {
                                resuming = false;
                                fill();
                                if (!message.isStreaming()) {
                                    finishFeeds();
                                }
                            });
        }
    }

    private StreamFeed feed(DocumentView document) {
        var feed = new StreamFeed(document, context.parser());
        feeds.add(feed);
        return feed;
    }

    private static Runnable follow(StreamedText source, StreamFeed feed) {
        if (source.length() > 0) {
            feed.append(source.text());
        }
        return source.listen(feed::append);
    }

    private CompletableFuture<Void> finish(StreamFeed feed) {
        CompletableFuture<Void> shown = feed.finish();
        shown.thenRun(() -> feeds.remove(feed));
        return shown;
    }

    private void finishFeeds() {
        silence.run();
        silence = () -> {};
        if (answerFeed != null) {
            textShown = finish(answerFeed);
            answerFeed = null;
        }
        if (reasoningFeed != null) {
            reasoningShown = finish(reasoningFeed);
            reasoningFeed = null;
        }
    }

    /** The document that holds a field of a finished message, unfolded, once all of it is there. */
    CompletableFuture<DocumentView> whenShown(SearchHit.Field field) {
        if (reasoning != null && field == SearchHit.Field.REASONING) {
            reasoning.open();
            return reasoningShown.thenApply(_ -> reasoning.document());
        }
        return textShown.thenApply(_ -> text);
    }

    /** Nobody shows it any longer. */
    void dispose() {
        subscription.unsubscribe();
        silence.run();
        feeds.forEach(StreamFeed::abandon);
    }

    private void update() {
        Message now = message.message();
        if (message.isAnswer()) {
            if (now.status() != MessageStatus.STREAMING) {
                finishFeeds();
            } else if (answerFeed == null) {
                goOn();
            }
        }
        pictures.update();
        who.setText(speaker());
        String said =
                switch (now.status()) {
                    case STOPPED -> words.text("answer.stopped");
                    case INTERRUPTED -> words.text("answer.interrupted");
                    case FAILED -> now.error();
                    case COMPLETE ->
                            message.usage().cutShort() ? words.text("answer.cutShort") : "";
                    case STREAMING -> "";
                };
        state.setText(said);
        state.setManaged(!said.isEmpty());
        state.setVisible(!said.isEmpty());
        state.pseudoClassStateChanged(
                PseudoClass.getPseudoClass("failed"), now.status() == MessageStatus.FAILED);
        setAccessibleText(words.text("message.name", speaker(), beginning()));
        foot.update();
        updateProgress();
    }

    /** Its text in the colour of what matters less, its pictures pale: it can still be read. */
    private void showDropped(boolean dropped) {
        pseudoClassStateChanged(DROPPED, dropped);
    }

    /** The line between what the model does not see and what it does, for as long as that is so. */
    private void showBorder(boolean first) {
        column.getChildren().remove(border);
        border = null;
        if (first) {
            Label text = new Label(words.text("context.border"));
            text.getStyleClass().add("muted");
            text.setWrapText(true);
            border =
                    new HBox(
                            text,
                            Buttons.words(
                                    words.text("context.restore"),
                                    conversation.context()::restore,
                                    Styles.FLAT));
            border.getStyleClass().add("context-border");
            column.getChildren().addFirst(border);
        }
    }

    /** Enough of its text to know it by. */
    private String beginning() {
        String line = message.text().lines().filter(l -> !l.isBlank()).findFirst().orElse("");
        return line.codePointCount(0, line.length()) > BEGINNING
                ? line.substring(0, line.offsetByCodePoints(0, BEGINNING)) + "…"
                : line;
    }

    private String speaker() {
        if (!message.isAnswer()) {
            return words.text("you");
        }
        String model = message.message().model();
        return model.isEmpty() ? words.text("model") : model;
    }

    private void updateProgress() {
        if (reasoning != null) {
            reasoning.update();
        }
        AnswerProgress progress = message.progressProperty().get();
        String doing =
                switch (progress.stage()) {
                    case WAITING -> words.text("stage.waiting");
                    case READING ->
                            progress.prompt() == 0
                                    ? words.text("stage.waiting")
                                    : words.text(
                                            "stage.reading",
                                            Quantities.whole(progress.read(), words),
                                            Quantities.whole(progress.prompt(), words));
                    default -> "";
                };
        if (message.isStreaming()) {
            state.setText(doing);
            state.setManaged(!doing.isEmpty());
            state.setVisible(!doing.isEmpty());
        }
    }

    /** Puts what it says on the clipboard. */
    void copy() {
        var content = new ClipboardContent();
        content.putString(message.text());
        Clipboard.getSystemClipboard().setContent(content);
    }

    /** Turns the text into a field. */
    void edit() {
        if (editor != null) {
            return;
        }
        editor =
                new MessageEditor(
                        message.text(),
                        words,
                        text -> {
                            stopEditing();
                            conversation.edit(message, text);
                        },
                        this::stopEditing);
        column.getChildren().add(column.getChildren().indexOf(state), editor);
        foot.setManaged(false);
        foot.setVisible(false);
        editor.begin();
    }

    private void stopEditing() {
        column.getChildren().remove(editor);
        editor = null;
        foot.setManaged(true);
        foot.setVisible(true);
    }
}
