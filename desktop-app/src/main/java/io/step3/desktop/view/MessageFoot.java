package io.step3.desktop.view;

import io.step3.desktop.model.AnswerUsage;
import io.step3.desktop.model.ConversationViewModel;
import io.step3.desktop.model.MessageViewModel;
import io.step3.desktop.model.Words;
import io.step3.desktop.store.Branch;
import java.util.OptionalLong;
import javafx.geometry.Pos;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;

/** What can be done with a message, its place among its siblings, and what it cost. */
final class MessageFoot extends HBox {

    private final ConversationViewModel conversation;
    private final MessageViewModel message;
    private final MessageView view;
    private final ViewContext context;
    private final Words words;
    private final Button goOn;

    MessageFoot(
            ConversationViewModel conversation,
            MessageViewModel message,
            MessageView view,
            ViewContext context) {
        this.conversation = conversation;
        this.message = message;
        this.view = view;
        this.context = context;
        this.words = context.words();
        goOn = Buttons.icon(Icon.CONTINUE, words.text("continue"), conversation::continueAnswer);
        getStyleClass().add("message-foot");
        setAlignment(Pos.CENTER_LEFT);
    }

    /** Shows what can be done now. */
    void update() {
        getChildren().clear();
        Branch.Step step = message.stepProperty().get();
        if (step.siblings().size() > 1) {
            showSiblings(step);
        }
        if (message.isStreaming()) {
            return;
        }
        add(Icon.COPY, "copy", view::copy);
        add(
                Icon.QUOTE,
                "quote",
                () -> {
                    conversation.draft().quote(message.text());
                    context.write();
                });
        if (message.isAnswer()) {
            add(Icon.AGAIN, "regenerate", () -> conversation.regenerate(message));
            getChildren().add(goOn);
            offerToGoOn();
            Region space = new Region();
            HBox.setHgrow(space, Priority.ALWAYS);
            Label cost = new Label(cost(message.usage()));
            cost.getStyleClass().add("muted");
            getChildren().addAll(space, cost);
        } else {
            add(Icon.EDIT, "edit", view::edit);
        }
    }

    /** Changes with the turns that follow, not only with the message. */
    void offerToGoOn() {
        boolean can = conversation.canContinue(message);
        goOn.setManaged(can);
        goOn.setVisible(can);
    }

    private void add(Icon icon, String key, Runnable action) {
        getChildren().add(Buttons.icon(icon, words.text(key), action));
    }

    private void showSiblings(Branch.Step step) {
        Label place =
                new Label(words.text("branch.place", step.index() + 1, step.siblings().size()));
        place.getStyleClass().add("muted");
        getChildren()
                .addAll(
                        arrow(Icon.PREVIOUS, "branch.previous", step.previous()),
                        place,
                        arrow(Icon.NEXT, "branch.next", step.next()));
    }

    private Button arrow(Icon icon, String key, OptionalLong sibling) {
        Button arrow =
                Buttons.icon(
                        icon, words.text(key), () -> sibling.ifPresent(conversation::showSibling));
        arrow.setDisable(sibling.isEmpty());
        return arrow;
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
}
