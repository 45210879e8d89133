package io.step3.desktop.model;

import io.step3.chat.ContextOverflowException;
import io.step3.desktop.store.Message;
import io.step3.desktop.store.Role;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** Which turns of a conversation the model is given, where not all of them fit. */
public final class ContextViewModel {

    /** Share of the context from which on the person is warned. */
    public static final double NEARLY_FULL = 0.85;

    private final Surroundings around;
    private final LongSupplier conversation;
    private final BooleanSupplier shown;
    private final ShownBranch branch;
    private OptionalLong start;

    /**
     * What is given of a conversation.
     *
     * @param conversation names it
     * @param shown whether it is on show: a notice stands over that one, and its button must mean
     *     it
     * @param start the first message that the model is given; empty where it is given all
     */
    ContextViewModel(
            Surroundings around,
            LongSupplier conversation,
            BooleanSupplier shown,
            ShownBranch branch,
            OptionalLong start) {
        this.around = around;
        this.conversation = conversation;
        this.shown = shown;
        this.branch = branch;
        this.start = start;
    }

    /** Tells the messages on show which of them the model sees. */
    void mark() {
        int first = first();
        List<MessageViewModel> messages = branch.messages();
        for (int i = 0; i < messages.size(); i++) {
            messages.get(i).place(i < first, i == first && i > 0);
        }
    }

    /** The place of the message that the given ones start at; -1 if it is not on show. */
    private int first() {
        return start.isPresent() ? branch.indexOf(start.getAsLong()) : -1;
    }

    /** What the model is given of the messages before an answer. */
    List<Message> given(List<Message> before) {
        for (int i = 0; i < before.size(); i++) {
            if (start.isPresent() && before.get(i).id() == start.getAsLong()) {
                return before.subList(i, before.size());
            }
        }
        return before;
    }

    /**
     * Offers to drop turns if an answer filled the context, or nearly did.
     *
     * @param used tokens of the context in use
     * @param length most tokens of the context, if that is known
     * @param failure what the answer failed with, or null
     */
    void warn(int used, OptionalInt length, Throwable failure) {
        boolean over = failure instanceof ContextOverflowException;
        boolean nearly = length.isPresent() && used > NEARLY_FULL * length.getAsInt();
        if ((over || nearly) && shown.getAsBoolean() && laterStart().isPresent()) {
            Words words = around.words().get();
            tell(
                    Notice.Level.WARNING,
                    words.text(over ? "context.full" : "context.nearly"),
                    new Notice.Action(words.text("context.drop"), this::dropOldest));
        }
    }

    /** The first message that is left when the older half of the turns is dropped. */
    private OptionalLong laterStart() {
        List<MessageViewModel> given =
                branch.messages().subList(Math.max(0, first()), branch.messages().size());
        List<MessageViewModel> turns =
                given.stream().filter(message -> message.message().role() == Role.USER).toList();
        return turns.size() < 2
                ? OptionalLong.empty()
                : OptionalLong.of(turns.get((turns.size() + 1) / 2).id());
    }

    /** Drops the older half of the turns from what the model is given; nothing is deleted. */
    public void dropOldest() {
        laterStart().ifPresent(later -> startAt(OptionalLong.of(later)));
    }

    /** Gives the model everything again. */
    public void restore() {
        startAt(OptionalLong.empty());
    }

    private void startAt(OptionalLong message) {
        around.then(
                around.store().conversations().startContextAt(conversation.getAsLong(), message),
                kept -> {
                    start = kept.contextStart();
                    mark();
                    if (!shown.getAsBoolean()) {
                        return;
                    }
                    around.notices().clear(Notice.Kind.CONTEXT);
                    if (start.isPresent()) {
                        Words words = around.words().get();
                        tell(
                                Notice.Level.INFO,
                                words.text("context.dropped"),
                                new Notice.Action(words.text("context.restore"), this::restore));
                    }
                });
    }

    private void tell(Notice.Level level, String text, Notice.Action action) {
        around.notices().show(new Notice(Notice.Kind.CONTEXT, level, text, Optional.of(action)));
    }
}
