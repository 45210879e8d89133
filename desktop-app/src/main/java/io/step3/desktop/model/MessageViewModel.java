package io.step3.desktop.model;

import io.step3.desktop.store.Branch;
import io.step3.desktop.store.Message;
import io.step3.desktop.store.MessageStatus;
import io.step3.desktop.store.Part;
import io.step3.desktop.store.Role;
import java.util.List;
import javafx.beans.property.ReadOnlyBooleanProperty;
import javafx.beans.property.ReadOnlyBooleanWrapper;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;

/** One message on screen. */
public final class MessageViewModel {

    private final StreamedText reasoning;
    private final StreamedText answer;
    private final ReadOnlyObjectWrapper<Branch.Step> step = new ReadOnlyObjectWrapper<>();
    private final ReadOnlyObjectWrapper<AnswerProgress> progress =
            new ReadOnlyObjectWrapper<>(AnswerProgress.NONE);

    private final ReadOnlyBooleanWrapper dropped = new ReadOnlyBooleanWrapper();
    private final ReadOnlyBooleanWrapper firstGiven = new ReadOnlyBooleanWrapper();

    MessageViewModel(Branch.Step step) {
        this.step.set(step);
        this.reasoning = new StreamedText(step.message().reasoning());
        this.answer = new StreamedText(step.message().answer());
    }

    /** The message as the store has it, with its siblings. */
    public ReadOnlyObjectProperty<Branch.Step> stepProperty() {
        return step.getReadOnlyProperty();
    }

    /** How far the answer is, while it comes. */
    public ReadOnlyObjectProperty<AnswerProgress> progressProperty() {
        return progress.getReadOnlyProperty();
    }

    /** Whether the model does not see it, since older turns were dropped. */
    public ReadOnlyBooleanProperty droppedProperty() {
        return dropped.getReadOnlyProperty();
    }

    /** Whether it is the first that the model sees, while others before it are dropped. */
    public ReadOnlyBooleanProperty firstGivenProperty() {
        return firstGiven.getReadOnlyProperty();
    }

    void place(boolean isDropped, boolean isFirstGiven) {
        dropped.set(isDropped);
        firstGiven.set(isFirstGiven);
    }

    /** The message as the store has it. */
    public Message message() {
        return step.get().message();
    }

    /** Names it. */
    public long id() {
        return message().id();
    }

    /** Whether the model wrote it. */
    public boolean isAnswer() {
        return message().role() == Role.ASSISTANT;
    }

    /** Whether it is being written. */
    public boolean isStreaming() {
        return message().status() == MessageStatus.STREAMING;
    }

    /** What it says. */
    public List<Part> parts() {
        return message().parts();
    }

    /** What the model thinks, as it comes. */
    public StreamedText reasoning() {
        return reasoning;
    }

    /** What the model says, as it comes. */
    public StreamedText answer() {
        return answer;
    }

    /** What it says in words. */
    public String text() {
        return isAnswer() ? answer.text() : message().text();
    }

    /** What it cost. */
    public AnswerUsage usage() {
        return AnswerUsage.ofJson(message().usage());
    }

    void update(Branch.Step next) {
        step.set(next);
    }

    void show(AnswerProgress next) {
        progress.set(next);
    }
}
