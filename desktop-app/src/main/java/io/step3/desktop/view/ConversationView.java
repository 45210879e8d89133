package io.step3.desktop.view;

import io.step3.desktop.model.ConversationViewModel;
import io.step3.desktop.model.MessageViewModel;
import io.step3.desktop.render.ConversationPane;
import io.step3.desktop.render.RenderTexts;
import io.step3.desktop.store.SearchHit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import javafx.animation.KeyFrame;
import javafx.animation.Timeline;
import javafx.collections.ListChangeListener;
import javafx.scene.layout.StackPane;
import javafx.util.Duration;
import javafx.util.Subscription;

/** The messages of the conversation on show, or examples if there are none. */
final class ConversationView extends StackPane {

    private final ConversationViewModel conversation;
    private final ViewContext context;
    private final ConversationPane pane;
    private final EmptyView empty;
    private final List<MessageView> views = new ArrayList<>();
    private final ListChangeListener<MessageViewModel> listener = _ -> update();
    private final Timeline clock = new Timeline(new KeyFrame(Duration.millis(200), _ -> tick()));
    private final Subscription subscription;

    ConversationView(ConversationViewModel conversation, RenderTexts texts, ViewContext context) {
        this.conversation = conversation;
        this.context = context;
        pane = new ConversationPane(texts);
        empty = new EmptyView(conversation.draft(), context);
        getChildren().addAll(pane, empty);
        conversation.messages().addListener(listener);
        clock.setCycleCount(Timeline.INDEFINITE);
        update();
        subscription =
                conversation
                        .answering()
                        .runningProperty()
                        .subscribe(this::answering)
                        .and(context.desk().soughtProperty().subscribe(_ -> showSought()));
    }

    private void answering(boolean now) {
        if (now) {
            clock.play();
            pane.jumpToEnd();
        } else {
            clock.stop();
        }
    }

    private void tick() {
        conversation.answering().tick();
    }

    private void update() {
        List<MessageViewModel> messages = conversation.messages();
        int same = 0;
        while (same < Math.min(views.size(), messages.size())
                && views.get(same).message() == messages.get(same)) {
            same++;
        }
        while (views.size() > same) {
            MessageView gone = views.removeLast();
            pane.remove(gone);
            gone.dispose();
        }
        for (MessageViewModel message : messages.subList(same, messages.size())) {
            var view = new MessageView(conversation, message, context);
            views.add(view);
            pane.add(view, view.documents());
        }
        empty.setVisible(messages.isEmpty());
        pane.setVisible(!messages.isEmpty());
        showSought();
    }

    /** Brings what a search found into view; if its branch is not here yet, once that comes. */
    private void showSought() {
        SearchHit hit = context.desk().soughtProperty().get();
        if (hit == null) {
            return;
        }
        views.stream()
                .filter(view -> hit.message().equals(OptionalLong.of(view.message().id())))
                .findFirst()
                .ifPresent(
                        view -> {
                            context.desk().found();
                            pane.scrollTo(view);
                            view.whenShown(hit.field())
                                    .thenAccept(
                                            document -> pane.reveal(view, document, hit.found()));
                        });
    }

    /** What shows the messages, from the first on. */
    List<MessageView> messageViews() {
        return List.copyOf(views);
    }

    /** The last message of the model, if there is one. */
    Optional<MessageView> lastAnswer() {
        return views.reversed().stream().filter(view -> view.message().isAnswer()).findFirst();
    }

    /** The last message of the person, if there is one. */
    Optional<MessageView> lastQuestion() {
        return views.reversed().stream().filter(view -> !view.message().isAnswer()).findFirst();
    }

    void jumpToEnd() {
        pane.jumpToEnd();
    }

    /** Nobody shows it any longer. */
    void dispose() {
        clock.stop();
        subscription.unsubscribe();
        conversation.messages().removeListener(listener);
        views.forEach(MessageView::dispose);
        empty.dispose();
    }
}
