package io.step3.desktop.view;

import io.step3.desktop.model.ConversationViewModel;
import io.step3.desktop.model.Desk;
import io.step3.desktop.model.Notice;
import io.step3.desktop.model.Picture;
import io.step3.desktop.model.SettingsViewModel;
import io.step3.desktop.model.Words;
import io.step3.desktop.render.Formulas;
import io.step3.desktop.render.LinkOpener;
import io.step3.desktop.render.RenderSettings;
import io.step3.desktop.render.RenderTexts;
import io.step3.desktop.store.Part;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javafx.application.Platform;
import javafx.beans.binding.Bindings;
import javafx.collections.ListChangeListener;
import javafx.event.EventHandler;
import javafx.geometry.Insets;
import javafx.scene.AccessibleRole;
import javafx.scene.control.Label;
import javafx.scene.control.TextInputControl;
import javafx.scene.control.ToggleButton;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;
import javafx.util.Subscription;

/** The whole window, in one language; another language is another main view. */
public final class MainView extends StackPane implements AutoCloseable {

    /** Where the window is narrower, the panel inside takes the place of the sidebar. */
    private static final double ROOM_FOR_BOTH = 1000;

    /** Width of the theme's scroll bars. */
    private static final double SCROLL_BAR = 8;

    private final Desk desk;
    private final Surface surface;
    private final Words words;
    private final ExecutorService parser =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().daemon().name("markdown").factory());
    private final Formulas formulas = new Formulas();
    private final Overlay overlay;
    private final FocusKeeper focus;
    private final ViewContext context;
    private final RenderTexts texts;
    private final TopBar top;
    private final SidebarView sidebar;
    private final InsideView inside;
    private final NoticesView notices;
    private final VBox centre = new VBox();
    private final Label spoken = new Label();
    private final Map<Shortcut, Runnable> actions = new EnumMap<>(Shortcut.class);

    /** At the scene, because keys pass the window's nodes by while none of them has the focus. */
    private final EventHandler<KeyEvent> keys = this::pressed;

    private final Subscription subscription;
    private ConversationView conversationView;
    private ComposerView composer;
    private StatusLine status;
    private Subscription announcing = Subscription.EMPTY;
    private final ListChangeListener<Notice> told = this::announce;

    public MainView(Desk desk, Surface surface) {
        this.desk = desk;
        this.surface = surface;
        this.words = desk.words();
        getStyleClass().add("window");
        getStylesheets().add(MainView.class.getResource("window.css").toExternalForm());
        overlay = new Overlay(desk::words, this::write);
        focus = new FocusKeeper(overlay, this::write);
        texts = texts(words);
        LinkOpener links = this::askToBrowse;
        context =
                new ViewContext(
                        desk,
                        words,
                        new RenderSettings(links, formulas, texts),
                        parser,
                        surface,
                        overlay,
                        this::look,
                        () -> composer.write());
        sidebar = new SidebarView(context);
        inside = new InsideView(context);
        notices = new NoticesView(context);
        ToggleButton showSidebar = Buttons.toggle(Icon.SIDEBAR, words.text("shortcut.sidebar"));
        showSidebar.selectedProperty().bindBidirectional(desk.settings().sidebarProperty());
        ToggleButton showControls = Buttons.toggle(Icon.SLIDERS, words.text("controls"));
        showControls.setOnAction(
                _ -> {
                    showControls.setSelected(false);
                    ControlsView.show(context);
                });
        ToggleButton showInside = Buttons.toggle(Icon.INSIDE, words.text("inside"));
        showInside.selectedProperty().bindBidirectional(desk.inside().openProperty());
        top = new TopBar(context, showSidebar, showControls, showInside);
        var room = widthProperty().map(width -> width.doubleValue() >= ROOM_FOR_BOTH);
        var shown =
                Bindings.createBooleanBinding(
                        () ->
                                desk.settings().sidebarProperty().get()
                                        && (room.getValue() || !desk.inside().openProperty().get()),
                        desk.settings().sidebarProperty(),
                        desk.inside().openProperty(),
                        room);
        sidebar.visibleProperty().bind(shown);
        sidebar.managedProperty().bind(shown);
        centre.getStyleClass().add("centre");
        HBox.setHgrow(centre, Priority.ALWAYS);
        HBox body = new HBox(sidebar, centre, inside);
        body.setFillHeight(true);
        spoken.setAccessibleRole(AccessibleRole.TEXT);
        spoken.setManaged(false);
        spoken.setOpacity(0);
        getChildren().addAll(spoken, body, overlay);
        bindShortcuts();
        desk.notices().notices().addListener(told);
        sceneProperty()
                .subscribe(
                        (before, now) -> {
                            if (before != null) {
                                before.removeEventFilter(KeyEvent.KEY_PRESSED, keys);
                                focus.leave(before);
                            }
                            if (now != null) {
                                now.addEventFilter(KeyEvent.KEY_PRESSED, keys);
                                focus.watch(now);
                            }
                        });
        subscription =
                desk.conversationProperty()
                        .subscribe(this::show)
                        .and(
                                desk.settings()
                                        .textSizeProperty()
                                        .subscribe(
                                                size ->
                                                        setStyle(
                                                                "-fx-font-size: "
                                                                        + size.intValue()
                                                                        + "px;")));
    }

    private static RenderTexts texts(Words words) {
        return new RenderTexts(
                words.text("copy"),
                words.text("copied"),
                words.text("shortcut.end"),
                words.text("conversation"),
                words.text("code.name"),
                words.text("table.name"),
                words.text("formula.name"),
                words.text("heading.name"),
                words.locale());
    }

    private void show(ConversationViewModel conversation) {
        dispose();
        conversationView = new ConversationView(conversation, texts, context);
        VBox.setVgrow(conversationView, Priority.ALWAYS);
        composer = new ComposerView(conversation, context);
        composer.acceptDrops(conversationView);
        status = new StatusLine(conversation.answering(), context);
        top.show(conversation);
        // The messages have a scroll bar beside them: what is below stands under them.
        VBox.setMargin(composer, new Insets(0, SCROLL_BAR, 0, 0));
        VBox.setMargin(status, new Insets(0, SCROLL_BAR, 0, 0));
        centre.getChildren().setAll(top, notices, conversationView, composer, status);
        announcing =
                conversation
                        .answering()
                        .runningProperty()
                        .subscribe(
                                (before, now) -> {
                                    if (before && !now) {
                                        announce(words.text("announce.finished"));
                                    }
                                });
    }

    private void announce(ListChangeListener.Change<? extends Notice> change) {
        while (change.next()) {
            change.getAddedSubList().forEach(notice -> announce(notice.text()));
        }
    }

    /** Has a screen reader say something, wherever the focus is. */
    private void announce(String text) {
        spoken.setText(text);
        spoken.setAccessibleText(text);
        spoken.notifyAccessibleAttributeChanged(javafx.scene.AccessibleAttribute.TEXT);
    }

    private void dispose() {
        announcing.unsubscribe();
        if (conversationView != null) {
            conversationView.dispose();
            composer.dispose();
            status.dispose();
        }
    }

    /** Shows what the model sees of a picture, once that is read in the size for it. */
    void look(Picture picture) {
        desk.pictures()
                .large(new Part.Image(picture.sha256(), picture.name()))
                .whenComplete(
                        (large, failure) ->
                                Platform.runLater(() -> show(failure == null ? large : picture)));
    }

    private void show(Picture picture) {
        overlay.show(
                words.text("seen"), new SeenView(picture, desk.model().imageTokens(), words), 780);
    }

    private void askToBrowse(String link) {
        Label where = new Label(link);
        where.setWrapText(true);
        where.getStyleClass().add("link-target");
        overlay.show(
                words.text("link.open"),
                new VBox(where),
                560,
                Buttons.words(words.text("cancel"), overlay::close),
                Buttons.words(
                        words.text("link.browse"),
                        () -> {
                            overlay.close();
                            surface.browse(link);
                        },
                        "accent"));
    }

    private ConversationViewModel conversation() {
        return desk.conversation();
    }

    private void bindShortcuts() {
        SettingsViewModel settings = desk.settings();
        actions.put(
                Shortcut.NEW,
                () -> {
                    desk.newConversation();
                    composer.write();
                });
        actions.put(
                Shortcut.SEARCH,
                () -> {
                    settings.sidebarProperty().set(true);
                    sidebar.search();
                });
        actions.put(Shortcut.WRITE, () -> composer.write());
        actions.put(Shortcut.STOP, () -> conversation().answering().stop());
        actions.put(
                Shortcut.REGENERATE,
                () ->
                        conversationView
                                .lastAnswer()
                                .ifPresent(view -> conversation().regenerate(view.message())));
        actions.put(Shortcut.CONTINUE, () -> conversation().continueAnswer());
        actions.put(
                Shortcut.EDIT, () -> conversationView.lastQuestion().ifPresent(MessageView::edit));
        actions.put(Shortcut.EARLIER_BRANCH, () -> branch(false));
        actions.put(Shortcut.LATER_BRANCH, () -> branch(true));
        actions.put(
                Shortcut.COPY, () -> conversationView.lastAnswer().ifPresent(MessageView::copy));
        actions.put(
                Shortcut.QUOTE,
                () ->
                        conversationView
                                .lastAnswer()
                                .ifPresent(
                                        view -> {
                                            conversation().draft().quote(view.message().text());
                                            composer.write();
                                        }));
        actions.put(Shortcut.PICTURE, () -> composer.choosePictures());
        actions.put(Shortcut.REGION, () -> composer.cutRegion());
        actions.put(Shortcut.END, () -> conversationView.jumpToEnd());
        actions.put(Shortcut.MODEL, () -> ModelPicker.show(context));
        actions.put(Shortcut.CONTROLS, () -> ControlsView.show(context));
        actions.put(
                Shortcut.INSIDE,
                () -> desk.inside().openProperty().set(!desk.inside().openProperty().get()));
        actions.put(
                Shortcut.SIDEBAR,
                () -> settings.sidebarProperty().set(!settings.sidebarProperty().get()));
        actions.put(Shortcut.NEXT_CONVERSATION, () -> sidebar.step(1));
        actions.put(Shortcut.PREVIOUS_CONVERSATION, () -> sidebar.step(-1));
        actions.put(Shortcut.LARGER, () -> settings.changeTextSize(1));
        actions.put(Shortcut.SMALLER, () -> settings.changeTextSize(-1));
        actions.put(
                Shortcut.USUAL_SIZE,
                () -> settings.textSizeProperty().set(SettingsViewModel.USUAL_TEXT));
        actions.put(Shortcut.SETTINGS, () -> SettingsView.show(context));
        actions.put(Shortcut.SHEET, () -> ShortcutSheet.show(context));
        actions.put(Shortcut.QUIT, surface::quit);
    }

    private void branch(boolean later) {
        conversationView
                .lastAnswer()
                .map(view -> view.message().stepProperty().get())
                .ifPresent(
                        step ->
                                (later ? step.next() : step.previous())
                                        .ifPresent(conversation()::showSibling));
    }

    private void pressed(KeyEvent event) {
        for (Map.Entry<Shortcut, Runnable> entry : actions.entrySet()) {
            if (entry.getKey().isPressed(event) && !isMeantOtherwise(entry.getKey(), event)) {
                entry.getValue().run();
                event.consume();
                return;
            }
        }
    }

    /**
     * Escape first closes a card; where nothing is written it is left to whoever has the focus.
     * Keys that move within a text do so where there is one.
     */
    private boolean isMeantOtherwise(Shortcut shortcut, KeyEvent event) {
        if (overlay.isDisplay()) {
            return shortcut != Shortcut.QUIT;
        }
        if (shortcut.movesInText()
                && event.getTarget() instanceof TextInputControl text
                && text.getLength() > 0) {
            return true;
        }
        return shortcut == Shortcut.STOP && !conversation().answering().runningProperty().get();
    }

    /** How many shortcuts do something. */
    int boundShortcuts() {
        return actions.size();
    }

    /** The language it speaks. */
    public Words words() {
        return words;
    }

    /** Puts the focus where the next message is written. */
    public void write() {
        composer.write();
    }

    @Override
    public void close() {
        subscription.unsubscribe();
        desk.notices().notices().removeListener(told);
        dispose();
        inside.dispose();
        top.dispose();
        sidebar.dispose();
        notices.dispose();
        parser.shutdown();
        formulas.close();
    }
}
