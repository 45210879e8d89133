package io.step3.desktop.model;

import java.util.Optional;
import java.util.function.Predicate;
import javafx.collections.FXCollections;
import javafx.collections.ObservableList;

/** What the person is told at the top of the window until it is put away. */
public final class NoticesViewModel {

    private static final int MOST = 4;

    private final ObservableList<Notice> notices = FXCollections.observableArrayList();

    NoticesViewModel() {}

    /** The notices, oldest first. */
    public ObservableList<Notice> notices() {
        return notices;
    }

    /** Tells of something that went wrong. */
    public void error(String text) {
        show(new Notice(Notice.Kind.GENERAL, Notice.Level.ERROR, text, Optional.empty()));
    }

    /** Tells of something. */
    public void info(String text) {
        show(new Notice(Notice.Kind.GENERAL, Notice.Level.INFO, text, Optional.empty()));
    }

    /** Shows a notice. */
    public void show(Notice notice) {
        if (notice.kind() == Notice.Kind.GENERAL) {
            notices.removeIf(
                    other ->
                            other.kind() == Notice.Kind.GENERAL
                                    && other.text().equals(notice.text()));
        } else {
            clear(notice.kind());
        }
        notices.add(notice);
        while (notices.size() > MOST) {
            makeRoom();
        }
    }

    /** What is told only once stays: that nothing can be saved, and what can be undone. */
    private void makeRoom() {
        Predicate<Notice> general = notice -> notice.kind() == Notice.Kind.GENERAL;
        Predicate<Notice> good = notice -> notice.level() == Notice.Level.INFO;
        notices.stream()
                .filter(general.and(good))
                .findFirst()
                .or(() -> notices.stream().filter(general).findFirst())
                .ifPresent(notices::remove);
    }

    /** Puts away all of a kind. */
    public void clear(Notice.Kind kind) {
        notices.removeIf(notice -> notice.kind() == kind);
    }

    /** Puts one away. */
    public void dismiss(Notice notice) {
        notices.remove(notice);
    }
}
