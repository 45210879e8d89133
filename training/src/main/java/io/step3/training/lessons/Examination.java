package io.step3.training.lessons;

import java.util.ArrayList;
import java.util.List;

/**
 * Lessons for examinations, whatever the seed: their pictures are drawn for them alone, and what
 * they ask without a picture (sums, differences, comparisons, orders and spelled words by their
 * numbers and letters, sentences by their words) is kept from all lessons for training.
 *
 * <p>What is said about a picture is said in the same few ways in both. Examinations draw plain
 * pictures; those for training are of more kinds.
 */
public final class Examination {

    private Examination() {}

    /** The first lessons of a seed, of full difficulty. */
    public static List<Lesson> lessons(long seed, int count) {
        var source = new Lessons(Lessons.Split.EXAMINATION, seed);
        var lessons = new ArrayList<Lesson>(count);
        for (int i = 0; i < count; i++) {
            lessons.add(source.lesson(i, 1));
        }
        return lessons;
    }
}
