package io.step3.desktop.view;

import atlantafx.base.theme.Styles;
import io.step3.desktop.model.SidebarViewModel;
import io.step3.desktop.model.Words;
import io.step3.desktop.store.Conversation;
import javafx.scene.control.Label;

/** A card that brings a deleted conversation back, or deletes it for good. */
final class DeletedCard {

    private DeletedCard() {}

    static void show(ViewContext context, Conversation talk) {
        Words words = context.words();
        SidebarViewModel sidebar = context.desk().sidebar();
        Label note =
                new Label(
                        words.text("sidebar.deleted.note") + "\n\n" + words.text("deleteNow.note"));
        note.setWrapText(true);
        Overlay overlay = context.overlay();
        overlay.show(
                talk.title(),
                note,
                460,
                Buttons.words(words.text("cancel"), overlay::close),
                Buttons.words(
                        words.text("deleteNow"),
                        () -> {
                            overlay.close();
                            sidebar.deleteForGood(talk);
                        },
                        Styles.DANGER),
                Buttons.words(
                        words.text("restore"),
                        () -> {
                            overlay.close();
                            sidebar.restore(talk);
                        },
                        Styles.ACCENT));
    }
}
