package io.step3.desktop.view;

import io.step3.chat.Ability;
import io.step3.desktop.model.ConversationViewModel;
import io.step3.desktop.model.DraftViewModel;
import io.step3.desktop.model.Picture;
import io.step3.desktop.model.Words;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import javafx.application.Platform;
import javafx.beans.InvalidationListener;
import javafx.css.PseudoClass;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.TextArea;
import javafx.scene.image.Image;
import javafx.scene.input.Clipboard;
import javafx.scene.input.DragEvent;
import javafx.scene.input.KeyCombination;
import javafx.scene.input.KeyEvent;
import javafx.scene.input.TransferMode;
import javafx.scene.layout.FlowPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import javafx.scene.text.Text;
import javafx.util.Subscription;

/** Where the next message is written, with its pictures. */
final class ComposerView extends VBox {

    private static final double MOST_LINES = 9;
    private static final PseudoClass WRITING = PseudoClass.getPseudoClass("writing");
    private static final PseudoClass DROPPING = PseudoClass.getPseudoClass("dropping");
    private static final KeyCombination PASTE = KeyCombination.valueOf("Shortcut+V");

    private final ConversationViewModel conversation;
    private final DraftViewModel draft;
    private final ViewContext context;
    private final Words words;
    private final VBox box = new VBox();
    private final TextArea area = new TextArea();
    private final FlowPane pictures = new FlowPane();
    private final Label blind = new Label();
    private final Label takingIn = new Label();
    private final Button act = new Button();
    private final InvalidationListener picturesChanged = _ -> showPictures();
    private final Subscription subscription;

    ComposerView(ConversationViewModel conversation, ViewContext context) {
        this.conversation = conversation;
        this.draft = conversation.draft();
        this.context = context;
        this.words = context.words();
        getStyleClass().add("composer");
        setAlignment(Pos.CENTER);
        area.setWrapText(true);
        area.setPrefRowCount(1);
        area.getStyleClass().add("composer-text");
        area.setPromptText(words.text("composer.prompt"));
        area.setAccessibleText(words.text("composer.prompt"));
        area.textProperty().bindBidirectional(draft.textProperty());
        new ComposingText(area, this::send);
        area.addEventFilter(KeyEvent.KEY_PRESSED, this::paste);
        area.skinProperty().subscribe(_ -> Platform.runLater(this::grow));
        pictures.getStyleClass().add("pictures");
        blind.getStyleClass().add("warning-text");
        blind.setWrapText(true);
        takingIn.setText(words.text("picture.takingIn"));
        takingIn.getStyleClass().add("muted");
        takingIn.visibleProperty().bind(draft.takingInProperty());
        takingIn.managedProperty().bind(draft.takingInProperty());
        act.getStyleClass().addAll("button-icon", "button-circle", "accent", "send");
        HBox tools =
                new HBox(
                        Buttons.icon(
                                Icon.PICTURE, words.text("picture.choose"), this::choosePictures),
                        Buttons.icon(Icon.REGION, words.text("picture.region"), this::cutRegion));
        tools.getStyleClass().add("composer-tools");
        Region space = new Region();
        HBox.setHgrow(space, Priority.ALWAYS);
        Label hint = new Label(words.text("composer.hint"));
        hint.getStyleClass().addAll("muted", "composer-hint");
        HBox foot = new HBox(tools, space, hint, act);
        foot.setAlignment(Pos.CENTER);
        foot.getStyleClass().add("composer-foot");
        box.getChildren().addAll(pictures, takingIn, blind, area, foot);
        box.getStyleClass().add("composer-box");
        area.focusedProperty().subscribe(focused -> box.pseudoClassStateChanged(WRITING, focused));
        getChildren().add(box);
        acceptDrops(this);
        draft.pictures().addListener(picturesChanged);
        subscription =
                conversation
                        .answering()
                        .runningProperty()
                        .subscribe(_ -> updateButton())
                        .and(draft.textProperty().subscribe(_ -> changed()))
                        .and(draft.takingInProperty().subscribe(_ -> updateButton()))
                        .and(context.desk().model().stateProperty().subscribe(_ -> updateBlind()));
        showPictures();
    }

    /** Takes pictures that are dropped on a node, and shows where they will go. */
    void acceptDrops(Node node) {
        node.setOnDragOver(
                event -> {
                    if (event.getDragboard().hasFiles() || event.getDragboard().hasImage()) {
                        event.acceptTransferModes(TransferMode.COPY);
                        showDropping(true);
                        event.consume();
                    }
                });
        node.setOnDragExited(_ -> showDropping(false));
        node.setOnDragDropped(this::dropped);
    }

    private void showDropping(boolean dropping) {
        box.pseudoClassStateChanged(DROPPING, dropping);
        area.setPromptText(words.text(dropping ? "composer.drop" : "composer.prompt"));
    }

    private void dropped(DragEvent event) {
        var board = event.getDragboard();
        if (board.hasFiles()) {
            attach(board.getFiles());
        } else if (board.hasImage()) {
            attach(board.getImage(), words.text("picture.dropped"));
        }
        event.setDropCompleted(true);
        event.consume();
        area.requestFocus();
    }

    private void attach(List<File> files) {
        files.stream().map(File::toPath).forEach(draft::attach);
    }

    /**
     * Takes a picture of the toolkit in; it is made a file in the background.
     *
     * @param image null where the clipboard has a picture by its own account but none to give
     */
    void attach(Image image, String name) {
        if (image == null || image.isError() || image.getPixelReader() == null) {
            context.desk().notices().error(words.text("picture.none"));
        } else {
            draft.attach(() -> PngBytes.of(image), name);
        }
    }

    private void paste(KeyEvent event) {
        if (PASTE.match(event) && pastePicture()) {
            event.consume();
        }
    }

    /** Takes what is on the clipboard in if it is a picture. */
    private boolean pastePicture() {
        Clipboard clipboard = Clipboard.getSystemClipboard();
        if (clipboard.hasFiles()) {
            attach(clipboard.getFiles());
            return true;
        }
        // Office programs put a picture of a text beside the text.
        if (clipboard.hasImage() && !clipboard.hasString()) {
            attach(clipboard.getImage(), words.text("picture.pasted"));
            return true;
        }
        return false;
    }

    void choosePictures() {
        List<Path> files =
                context.surface()
                        .choosePictures(words.text("picture.choose"), words.text("picture.files"));
        files.forEach(draft::attach);
        write();
    }

    void cutRegion() {
        context.surface()
                .cutRegion(
                        words.text("region.hint"),
                        image -> {
                            attach(image, words.text("picture.cut"));
                            write();
                        },
                        () -> context.desk().notices().error(words.text("region.failed")));
    }

    private void send() {
        if (conversation.answering().runningProperty().get()) {
            return;
        }
        conversation.send();
    }

    /** Puts the focus into the text. */
    void write() {
        area.requestFocus();
        area.end();
    }

    private void changed() {
        updateButton();
        grow();
    }

    /** As high as its text, up to some lines. */
    private void grow() {
        if (area.lookup(".content .text") instanceof Text text) {
            double line = text.getFont().getSize() * 1.45;
            double height = Math.min(text.getLayoutBounds().getHeight(), MOST_LINES * line);
            area.setPrefHeight(Math.ceil(height + line));
            // Wrapping is known only after the next layout.
            Platform.runLater(
                    () -> {
                        double after =
                                Math.min(text.getLayoutBounds().getHeight(), MOST_LINES * line);
                        area.setPrefHeight(Math.ceil(after + line));
                    });
        }
    }

    private void updateButton() {
        boolean answering = conversation.answering().runningProperty().get();
        String text = words.text(answering ? "stop" : "send");
        act.setGraphic((answering ? Icon.STOP : Icon.SEND).node());
        act.setAccessibleText(text);
        act.setTooltip(new javafx.scene.control.Tooltip(text));
        act.setOnAction(_ -> act());
        act.setDisable(!answering && !conversation.canSend());
    }

    private void act() {
        if (conversation.answering().runningProperty().get()) {
            conversation.answering().stop();
        } else {
            send();
        }
        write();
    }

    private void showPictures() {
        pictures.getChildren().clear();
        for (Picture picture : draft.pictures()) {
            pictures.getChildren()
                    .add(
                            new PictureView(
                                    picture,
                                    words,
                                    () -> context.look(picture),
                                    () -> draft.detach(picture)));
        }
        boolean any = !draft.pictures().isEmpty();
        pictures.setManaged(any);
        pictures.setVisible(any);
        updateBlind();
        updateButton();
    }

    private void updateBlind() {
        boolean cannot =
                !draft.pictures().isEmpty()
                        && context.desk()
                                .model()
                                .ready()
                                .filter(m -> !m.can(Ability.SEE))
                                .isPresent();
        blind.setText(cannot ? words.text("blind") : "");
        blind.setManaged(cannot);
        blind.setVisible(cannot);
    }

    /** Nobody shows it any longer. */
    void dispose() {
        subscription.unsubscribe();
        area.textProperty().unbindBidirectional(draft.textProperty());
        draft.pictures().removeListener(picturesChanged);
    }
}
