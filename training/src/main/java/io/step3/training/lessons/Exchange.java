package io.step3.training.lessons;

/**
 * A question with what to think and say.
 *
 * @param skill what it asks for
 * @param question the user's words
 * @param reasoning the model's thoughts
 * @param answer the model's words
 */
record Exchange(Skill skill, String question, String reasoning, String answer) {}
