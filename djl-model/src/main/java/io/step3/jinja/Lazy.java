package io.step3.jinja;

import java.util.Iterator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Python's generator: items that are computed when they are asked for, once.
 *
 * @param items the rest
 */
record Lazy(Iterator<Object> items) {

    /** A generator of what a source returns until it returns null. */
    static Lazy of(Budget budget, Supplier<@Nullable Object> source) {
        return new Lazy(
                new Iterator<>() {
                    private @Nullable Object next;
                    private boolean done;

                    @Override
                    public boolean hasNext() {
                        if (next == null && !done) {
                            budget.enter();
                            next = source.get();
                            budget.leave();
                            done = next == null;
                        }
                        return next != null;
                    }

                    @Override
                    public Object next() {
                        hasNext();
                        Object item = next;
                        next = null;
                        return item;
                    }
                });
    }
}
