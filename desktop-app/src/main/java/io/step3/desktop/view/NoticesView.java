package io.step3.desktop.view;

import io.step3.desktop.model.Notice;
import javafx.collections.ListChangeListener;
import javafx.geometry.Pos;
import javafx.scene.AccessibleRole;
import javafx.scene.control.Label;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.VBox;

/** What the person is told, above the conversation. */
final class NoticesView extends VBox {

    private final ViewContext context;
    private final ListChangeListener<Notice> listener = _ -> show();

    NoticesView(ViewContext context) {
        this.context = context;
        getStyleClass().add("notices");
        context.desk().notices().notices().addListener(listener);
        show();
    }

    /** Nobody shows it any longer. */
    void dispose() {
        context.desk().notices().notices().removeListener(listener);
    }

    private void show() {
        getChildren()
                .setAll(context.desk().notices().notices().stream().map(this::banner).toList());
        setManaged(!getChildren().isEmpty());
    }

    private HBox banner(Notice notice) {
        Label text = new Label(notice.text());
        text.setWrapText(true);
        text.setMaxWidth(Double.MAX_VALUE);
        text.setMinHeight(USE_PREF_SIZE);
        HBox.setHgrow(text, Priority.ALWAYS);
        HBox banner = new HBox(text);
        banner.setAlignment(Pos.CENTER_LEFT);
        banner.getStyleClass()
                .addAll(
                        "notice",
                        "notice-" + notice.level().name().toLowerCase(java.util.Locale.ROOT));
        banner.setAccessibleRole(AccessibleRole.TEXT);
        banner.setAccessibleText(notice.text());
        notice.action()
                .ifPresent(
                        action ->
                                banner.getChildren()
                                        .add(Buttons.words(action.label(), action.run())));
        banner.getChildren()
                .add(
                        Buttons.icon(
                                Icon.CLOSE,
                                context.words().text("notice.dismiss"),
                                () -> context.desk().notices().dismiss(notice)));
        return banner;
    }
}
