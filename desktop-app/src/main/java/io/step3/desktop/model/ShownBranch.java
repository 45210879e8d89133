package io.step3.desktop.model;

import io.step3.desktop.store.Branch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import javafx.collections.FXCollections;
import javafx.collections.ObservableList;

/** The messages that a conversation shows. One that stays on show stays the same object. */
final class ShownBranch {

    private final ObservableList<MessageViewModel> messages = FXCollections.observableArrayList();

    /** The messages, from the first to the leaf. */
    ObservableList<MessageViewModel> messages() {
        return messages;
    }

    /** Shows what the store has; the list changes from the first other message on. */
    void show(Branch branch) {
        Map<Long, MessageViewModel> known = new HashMap<>();
        messages.forEach(message -> known.put(message.id(), message));
        List<MessageViewModel> next = new ArrayList<>();
        for (Branch.Step step : branch.steps()) {
            MessageViewModel message = known.get(step.message().id());
            if (message == null) {
                message = new MessageViewModel(step);
            } else {
                message.update(step);
            }
            next.add(message);
        }
        int same = 0;
        while (same < Math.min(next.size(), messages.size())
                && next.get(same) == messages.get(same)) {
            same++;
        }
        messages.remove(same, messages.size());
        messages.addAll(next.subList(same, next.size()));
    }

    /** A message that is on show. */
    Optional<MessageViewModel> find(long messageId) {
        return messages.stream().filter(message -> message.id() == messageId).findFirst();
    }

    /** The place of a message, from 0; -1 if it is not on show. */
    int indexOf(long messageId) {
        return find(messageId).map(messages::indexOf).orElse(-1);
    }

    /** The last message on show; empty before anything was said. */
    OptionalLong leaf() {
        return messages.isEmpty() ? OptionalLong.empty() : OptionalLong.of(messages.getLast().id());
    }
}
