package io.step3.desktop.view;

import io.step3.desktop.model.AnswerProgress;
import io.step3.desktop.model.AnswerUsage;
import io.step3.desktop.model.ConversationViewModel;
import io.step3.desktop.model.MessageViewModel;
import io.step3.desktop.model.Picture;
import io.step3.desktop.model.StreamedText;
import io.step3.desktop.model.Words;
import io.step3.desktop.render.DocumentView;
import io.step3.desktop.render.StreamFeed;
import io.step3.desktop.store.Branch;
import io.step3.desktop.store.Message;
import io.step3.desktop.store.MessageStatus;
import io.step3.desktop.store.Part;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.TextArea;
import javafx.scene.input.Clipboard;
import javafx.scene.input.ClipboardContent;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.FlowPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;
import javafx.util.Subscription;

/** One message: who speaks, its pictures, the thoughts, the text, and what can be done with it. */
final class MessageView extends StackPane {

    private static final double WIDEST = 860;

    private final ConversationViewModel conversation;
    private final MessageViewModel message;
    private final ViewContext context;
    private final Words words;
    private final VBox column = new VBox();
    private final DocumentView text;
    private final ReasoningView reasoning;
    private final FlowPane pictures = new FlowPane();
    private final Label state = new Label();
    private final HBox foot = new HBox();
    private final Button continueButton;
    private final Subscription subscription;
    private StreamFeed answerFeed;
    private StreamFeed reasoningFeed;
    private Runnable silence = () -> {};
    private CompletableFuture<Void> settled = CompletableFuture.completedFuture(null);
    private boolean resuming;
    private boolean disposed;
    private Node editor;
    private List<Part> shownParts = List.of();

    MessageView(ConversationViewModel conversation, MessageViewModel message, ViewContext context) {
        this.conversation = conversation;
        this.message = message;
        this.context = context;
        this.words = context.words();
        getStyleClass().addAll("message", message.isAnswer() ? "from-model" : "from-person");
        text = new DocumentView(context.render());
        Label who =
                new Label(
                        message.isAnswer()
                                ? message.message().model().isEmpty()
                                        ? words.text("model")
                                        : message.message().model()
                                : words.text("you"));
        who.getStyleClass().add("who");
        column.getStyleClass().add("message-column");
        column.setMaxWidth(WIDEST);
        pictures.getStyleClass().add("pictures");
        continueButton =
                Buttons.icon(Icon.CONTINUE, words.text("continue"), conversation::continueAnswer);
        state.getStyleClass().add("message-state");
        state.setWrapText(true);
        foot.getStyleClass().add("message-foot");
        foot.setAlignment(Pos.CENTER_LEFT);
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
        fill();
        subscription =
                message.stepProperty()
                        .subscribe(_ -> update())
                        .and(message.progressProperty().subscribe(_ -> updateProgress()))
                        .and(conversation.messages().subscribe(this::offerToGoOn));
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
            reasoningFeed = new StreamFeed(reasoning.document(), context.parser());
            answerFeed = new StreamFeed(text, context.parser());
            Runnable first = follow(message.reasoning(), reasoningFeed);
            Runnable second = follow(message.answer(), answerFeed);
            silence =
                    () -> {
                        first.run();
                        second.run();
                    };
        } else {
            answerFeed = new StreamFeed(text, context.parser());
            answerFeed.append(message.text());
            finishFeeds();
        }
    }

    /** What is there stays; what comes is parsed with it anew, once all before it is shown. */
    private void goOn() {
        if (!resuming) {
            resuming = true;
            settled.thenRun(
                    () -> {
                        resuming = false;
                        if (!disposed) {
                            fill();
                            if (!message.isStreaming()) {
                                finishFeeds();
                            }
                        }
                    });
        }
    }

    private static Runnable follow(StreamedText source, StreamFeed feed) {
        if (source.length() > 0) {
            feed.append(source.text());
        }
        return source.listen(feed::append);
    }

    private void finishFeeds() {
        silence.run();
        silence = () -> {};
        if (answerFeed != null) {
            settled = answerFeed.finish();
            answerFeed = null;
        }
        if (reasoningFeed != null) {
            settled = CompletableFuture.allOf(settled, reasoningFeed.finish());
            reasoningFeed = null;
        }
    }

    /** Nobody shows it any longer. */
    void dispose() {
        disposed = true;
        subscription.unsubscribe();
        finishFeeds();
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
        if (!now.parts().equals(shownParts)) {
            shownParts = now.parts();
            showPictures();
        }
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
                javafx.css.PseudoClass.getPseudoClass("failed"),
                now.status() == MessageStatus.FAILED);
        setOpacity(conversation.context().isDropped(message) ? 0.55 : 1);
        updateFoot();
        updateProgress();
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

    private void updateFoot() {
        foot.getChildren().clear();
        Branch.Step step = message.stepProperty().get();
        if (step.siblings().size() > 1) {
            Label place =
                    new Label(words.text("branch.place", step.index() + 1, step.siblings().size()));
            place.getStyleClass().add("muted");
            foot.getChildren()
                    .addAll(
                            arrow(Icon.PREVIOUS, "branch.previous", step.previous()),
                            place,
                            arrow(Icon.NEXT, "branch.next", step.next()));
        }
        if (message.isStreaming()) {
            return;
        }
        foot.getChildren().add(Buttons.icon(Icon.COPY, words.text("copy"), this::copy));
        foot.getChildren()
                .add(
                        Buttons.icon(
                                Icon.QUOTE,
                                words.text("quote"),
                                () -> {
                                    conversation.draft().quote(message.text());
                                    context.write();
                                }));
        if (message.isAnswer()) {
            foot.getChildren()
                    .add(
                            Buttons.icon(
                                    Icon.AGAIN,
                                    words.text("regenerate"),
                                    () -> conversation.regenerate(message)));
            foot.getChildren().add(continueButton);
            offerToGoOn();
            Region space = new Region();
            HBox.setHgrow(space, Priority.ALWAYS);
            Label cost = new Label(cost(message.usage()));
            cost.getStyleClass().add("muted");
            foot.getChildren().addAll(space, cost);
        } else {
            foot.getChildren().add(Buttons.icon(Icon.EDIT, words.text("edit"), this::edit));
        }
    }

    /** Changes with the turns that follow, not only with the message. */
    private void offerToGoOn() {
        boolean can = conversation.canContinue(message);
        continueButton.setManaged(can);
        continueButton.setVisible(can);
    }

    private String cost(AnswerUsage usage) {
        if (usage.completionTokens() == 0) {
            return "";
        }
        return usage.tokensPerSecond() > 0
                ? words.text(
                        "answer.cost",
                        Quantities.whole(usage.completionTokens(), words),
                        Quantities.decimal(usage.tokensPerSecond(), 1, words))
                : words.text("answer.tokens", Quantities.whole(usage.completionTokens(), words));
    }

    private Button arrow(Icon icon, String key, OptionalLong sibling) {
        Button arrow =
                Buttons.icon(
                        icon, words.text(key), () -> sibling.ifPresent(conversation::showSibling));
        arrow.setDisable(sibling.isEmpty());
        return arrow;
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
        TextArea area = new TextArea(message.text());
        area.setWrapText(true);
        area.setPrefRowCount(Math.clamp(message.text().lines().count(), 2, 12));
        area.setAccessibleText(words.text("edit.field"));
        Runnable done =
                () -> {
                    stopEditing();
                    conversation.edit(message, area.getText());
                };
        new ComposingText(area, done);
        area.addEventFilter(
                KeyEvent.KEY_PRESSED,
                event -> {
                    if (event.getCode() == KeyCode.ESCAPE) {
                        stopEditing();
                        event.consume();
                    }
                });
        Label note = new Label(words.text("edit.note"));
        note.getStyleClass().add("muted");
        note.setWrapText(true);
        HBox.setHgrow(note, Priority.ALWAYS);
        note.setMaxWidth(Double.MAX_VALUE);
        HBox buttons =
                new HBox(
                        note,
                        Buttons.words(words.text("cancel"), this::stopEditing),
                        Buttons.words(words.text("edit.send"), done, "accent"));
        buttons.getStyleClass().add("edit-buttons");
        editor = new VBox(area, buttons);
        editor.getStyleClass().add("edit");
        column.getChildren().add(2, editor);
        foot.setManaged(false);
        foot.setVisible(false);
        area.requestFocus();
        area.end();
    }

    private void stopEditing() {
        column.getChildren().remove(editor);
        editor = null;
        foot.setManaged(true);
        foot.setVisible(true);
    }

    private void showPictures() {
        pictures.getChildren().clear();
        boolean any = false;
        for (int i = 0; i < shownParts.size(); i++) {
            int position = i;
            switch (shownParts.get(i)) {
                case Part.Image image -> {
                    any = true;
                    StackPane place = new StackPane();
                    pictures.getChildren().add(place);
                    context.desk()
                            .pictures()
                            .load(image)
                            .whenComplete(
                                    (picture, failure) ->
                                            javafx.application.Platform.runLater(
                                                    () ->
                                                            place.getChildren()
                                                                    .setAll(
                                                                            failure == null
                                                                                    ? shown(
                                                                                            picture,
                                                                                            position)
                                                                                    : removed(
                                                                                            image
                                                                                                    .name()))));
                }
                case Part.RemovedImage(String name) -> {
                    any = true;
                    pictures.getChildren().add(removed(name));
                }
                case Part.Text _ -> {
                    // In the document.
                }
            }
        }
        pictures.setManaged(any);
        pictures.setVisible(any);
    }

    private Node shown(Picture picture, int position) {
        return new PictureView(
                picture,
                words,
                () -> context.look(picture),
                () -> conversation.removePicture(message, position));
    }

    private Label removed(String name) {
        Label label = new Label(words.text("picture.removed", name));
        label.getStyleClass().add("muted");
        return label;
    }
}
