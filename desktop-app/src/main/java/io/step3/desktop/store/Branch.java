package io.step3.desktop.store;

import java.util.List;
import java.util.OptionalLong;

/**
 * The messages that a conversation shows, from its start to its current leaf, each with its
 * alternatives.
 */
public record Branch(List<Step> steps) {

    public Branch {
        steps = List.copyOf(steps);
    }

    /**
     * A message of the branch.
     *
     * @param siblings the ids of all messages at this place, oldest first, this one among them
     */
    public record Step(Message message, List<Long> siblings) {

        public Step {
            siblings = List.copyOf(siblings);
        }

        /** Which of the siblings it is, from 0. */
        public int index() {
            return siblings.indexOf(message.id());
        }

        /** The sibling written before it, for {@link Messages#show}. */
        public OptionalLong previous() {
            int index = index();
            return index > 0 ? OptionalLong.of(siblings.get(index - 1)) : OptionalLong.empty();
        }

        /** The sibling written after it, for {@link Messages#show}. */
        public OptionalLong next() {
            int index = index();
            return index + 1 < siblings.size()
                    ? OptionalLong.of(siblings.get(index + 1))
                    : OptionalLong.empty();
        }
    }
}
