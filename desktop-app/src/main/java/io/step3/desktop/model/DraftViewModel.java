package io.step3.desktop.model;

import io.step3.desktop.store.Draft;
import io.step3.desktop.store.Drafts;
import io.step3.desktop.store.Part;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import javafx.beans.property.ReadOnlyBooleanProperty;
import javafx.beans.property.ReadOnlyBooleanWrapper;
import javafx.beans.property.SimpleStringProperty;
import javafx.beans.property.StringProperty;
import javafx.collections.FXCollections;
import javafx.collections.ObservableList;

/**
 * What is typed and attached in a conversation but not sent. It is kept at each change, and is
 * there again when the conversation is.
 */
public final class DraftViewModel {

    private final Surroundings around;
    private final LongSupplier conversation;
    private final StringProperty text = new SimpleStringProperty("");
    private final ObservableList<Picture> pictures = FXCollections.observableArrayList();
    private final ReadOnlyBooleanWrapper takingIn = new ReadOnlyBooleanWrapper();

    /** Whether what changes came from the disk. */
    private boolean kept;

    private int intakes;
    private CompletableFuture<Picture> intake = CompletableFuture.completedFuture(null);

    /**
     * The draft that is kept for a conversation.
     *
     * @param conversation names it; {@link Drafts#NEW_CONVERSATION} before anything was said
     */
    DraftViewModel(Surroundings around, LongSupplier conversation) {
        this.around = around;
        this.conversation = conversation;
        text.subscribe((_, _) -> keep());
        pictures.subscribe(this::keep);
        around.then(around.store().drafts().load(conversation.getAsLong()), this::show);
    }

    /** What is typed. */
    public StringProperty textProperty() {
        return text;
    }

    /** The pictures that go with what is typed. */
    public ObservableList<Picture> pictures() {
        return pictures;
    }

    /** Whether a picture is being taken in. */
    public ReadOnlyBooleanProperty takingInProperty() {
        return takingIn.getReadOnlyProperty();
    }

    /** Takes a file in as a picture. */
    public void attach(Path file) {
        attach(around.pictures().take(file));
    }

    /** Takes a picture in from the clipboard or the screen. */
    public void attach(byte[] bytes, String name) {
        attach(around.pictures().take(bytes, name));
    }

    private void attach(CompletableFuture<Picture> picture) {
        intakes++;
        takingIn.set(true);
        // A small picture is ready before a large one, but stays behind it.
        intake = intake.handle((_, _) -> null).thenCompose(_ -> picture);
        around.tasks()
                .then(
                        intake,
                        taken -> {
                            takenIn();
                            pictures.add(taken);
                        },
                        failure -> {
                            takenIn();
                            around.failed(failure);
                        });
    }

    private void takenIn() {
        intakes--;
        takingIn.set(intakes > 0);
    }

    /** Takes a picture out. */
    public void detach(Picture picture) {
        pictures.remove(picture);
    }

    /** Puts a quote of a text behind what is typed. */
    public void quote(String said) {
        String quoted =
                said.strip().lines().map(line -> "> " + line + "\n").reduce("", String::concat);
        String before = text.get();
        text.set(
                before + (before.isEmpty() || before.endsWith("\n") ? "" : "\n\n") + quoted + "\n");
    }

    /** Whether there is anything to send, and all of it is there. */
    boolean isComplete() {
        return !takingIn.get() && (!text.get().isBlank() || !pictures.isEmpty());
    }

    /** What is to be sent, pictures first. */
    List<Part> parts() {
        List<Part> parts = new ArrayList<>(images());
        if (!text.get().isBlank()) {
            parts.add(new Part.Text(text.get().strip()));
        }
        return parts;
    }

    private List<Part.Image> images() {
        return pictures.stream()
                .map(picture -> new Part.Image(picture.sha256(), picture.name()))
                .toList();
    }

    /** Clears what was sent, under the name that the conversation had until then. */
    void sent() {
        text.set("");
        pictures.clear();
    }

    private void keep() {
        if (!kept) {
            around.store().drafts().save(conversation.getAsLong(), new Draft(text.get(), images()));
        }
    }

    private void show(Draft saved) {
        if (text.get().isEmpty() && pictures.isEmpty()) {
            kept = true;
            text.set(saved.text());
            kept = false;
            load(saved.images());
        }
    }

    /** All at once, so that they keep their order and the saved draft is never a part of itself. */
    private void load(List<Part.Image> images) {
        List<CompletableFuture<Picture>> loads =
                images.stream().map(around.pictures()::load).toList();
        CompletableFuture<Void> all =
                CompletableFuture.allOf(loads.toArray(CompletableFuture[]::new));
        around.then(
                all.handle((_, _) -> loads),
                done -> {
                    kept = true;
                    for (CompletableFuture<Picture> load : done) {
                        if (load.isCompletedExceptionally()) {
                            around.failed(Failures.cause(load.exceptionNow()));
                        } else {
                            pictures.add(load.join());
                        }
                    }
                    kept = false;
                });
    }
}
