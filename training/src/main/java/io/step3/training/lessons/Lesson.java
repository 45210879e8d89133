package io.step3.training.lessons;

import java.util.List;
import java.util.Optional;

/**
 * One lesson.
 *
 * @param skill what it teaches
 * @param system a system message, or empty
 * @param messages user and assistant in turn, the user's question last
 * @param picture the picture of the one message that has one
 * @param reasoning what the model should think, without marks
 * @param answer what it should then say; a right answer is equal to it
 */
public record Lesson(
        Skill skill,
        String system,
        List<Message> messages,
        Optional<Picture> picture,
        String reasoning,
        String answer) {

    /**
     * A turn of the conversation.
     *
     * @param role {@code user} or {@code assistant}
     * @param text what was said
     * @param place where the picture stands in it
     */
    public record Message(String role, String text, Place place) {

        static Message user(String text) {
            return new Message("user", text, Place.NONE);
        }

        static Message assistant(String text) {
            return new Message("assistant", text, Place.NONE);
        }
    }

    /** Where the picture stands in a message. */
    public enum Place {
        NONE,
        BEFORE,
        AFTER
    }
}
