package io.step3.desktop.model;

import io.step3.desktop.store.Draft;
import io.step3.desktop.store.Drafts;
import io.step3.desktop.store.Part;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
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
    }

    /** Shows what was kept. */
    void load() {
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

    /** Takes the bytes of a picture in. */
    public void attach(byte[] bytes, String name) {
        attach(() -> bytes, name);
    }

    /**
     * Takes a picture in from the clipboard or the screen.
     *
     * @param source makes its file, in the background: that of a screen takes a second
     */
    public void attach(Supplier<byte[]> source, String name) {
        attach(around.pictures().take(source, name));
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

    /** What is typed and attached at one moment. */
    record Content(String text, List<Picture> pictures) {}

    /** What there is now. */
    Content content() {
        return new Content(text.get(), List.copyOf(pictures));
    }

    /**
     * Takes out what was sent. What was typed and attached since stays, under the name that the
     * conversation has now.
     *
     * @param sent what there was when it was sent
     */
    void sent(Content sent) {
        // Where what was sent was written anew in the meantime, nothing of it can be told apart.
        String rest =
                text.get().startsWith(sent.text())
                        ? text.get().substring(sent.text().length())
                        : text.get();
        sent.pictures().forEach(pictures::remove);
        text.set(rest.isBlank() ? "" : rest.stripLeading());
        keep();
    }

    /** Puts what could not be sent before what is there. */
    void takeBack(Content unsent) {
        pictures.addAll(0, unsent.pictures());
        text.set(
                unsent.text().isBlank() || text.get().isBlank()
                        ? unsent.text() + text.get()
                        : unsent.text().stripTrailing() + "\n\n" + text.get());
    }

    /** Takes what is typed and attached away for something else; what was there can come back. */
    public void replace(String words, byte[] picture, String name) {
        Content before = content();
        text.set(words);
        pictures.clear();
        if (picture != null) {
            attach(picture, name);
        }
        if (!before.text().isBlank() || !before.pictures().isEmpty()) {
            Words say = around.words().get();
            around.notices()
                    .show(
                            new Notice(
                                    Notice.Kind.UNDO,
                                    Notice.Level.INFO,
                                    say.text("draft.replaced"),
                                    Optional.of(
                                            new Notice.Action(
                                                    say.text("undo"), () -> restore(before)))));
        }
    }

    private void restore(Content before) {
        around.notices().clear(Notice.Kind.UNDO);
        text.set(before.text());
        pictures.setAll(before.pictures());
    }

    /** Has it kept again, where another draft had its place. */
    void keepAgain() {
        keep();
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
