package io.step3.training.lessons;

import java.util.ArrayList;
import java.util.List;

/** Lessons that no training has seen: their split differs, whatever the seed. */
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
