package io.step3.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a loop is called inside of it: {@code loop}. */
final class Loop implements Callable {

    private final Interpreter interpreter;
    private final Statement.For statement;
    private final Frame around;
    private final @Nullable Object items;
    private final int depth;
    private Iterator<Object> iterator;
    private int index = -1;
    private int length = -1;
    private @Nullable Object before;
    private @Nullable Object current;
    private @Nullable Object after;
    private @Nullable Sequence lastChanged;

    /**
     * A loop before its first item.
     *
     * @param items what is gone through where that tells its size, else null
     * @param depth loops that called this one
     */
    Loop(
            Interpreter interpreter,
            Statement.For statement,
            Frame around,
            @Nullable Object items,
            Iterator<Object> iterator,
            int depth) {
        this.interpreter = interpreter;
        this.statement = statement;
        this.around = around;
        this.items = items;
        this.iterator = iterator;
        this.depth = depth;
    }

    boolean hasNext() {
        return after != null || iterator.hasNext();
    }

    Object next() {
        Object item = after != null ? after : iterator.next();
        after = null;
        index++;
        before = current;
        current = item;
        return item;
    }

    private @Nullable Object peek() {
        if (after == null && iterator.hasNext()) {
            after = iterator.next();
        }
        return after;
    }

    int length(Budget budget) {
        if (length < 0) {
            length = items == null ? -1 : Iteration.size(budget, items);
        }
        if (length < 0) {
            List<Object> rest = new ArrayList<>();
            while (iterator.hasNext()) {
                budget.spend(1);
                budget.take(8);
                rest.add(iterator.next());
            }
            iterator = rest.iterator();
            length = rest.size() + index + 1 + (after != null ? 1 : 0);
        }
        return length;
    }

    /** An attribute of {@code loop}; null where there is none of that name. */
    @Nullable Object attribute(Budget budget, String name) {
        return switch (name) {
            case "index" -> index + 1L;
            case "index0" -> (long) index;
            case "revindex" -> (long) length(budget) - index;
            case "revindex0" -> (long) length(budget) - index - 1;
            case "first" -> index == 0;
            case "last" -> peek() == null;
            case "length" -> (long) length(budget);
            case "depth" -> depth + 1L;
            case "depth0" -> (long) depth;
            case "previtem" -> index == 0 ? new Undefined("there is no previous item") : before;
            case "nextitem" -> peek() == null ? new Undefined("there is no next item") : after;
            case "cycle", "changed" -> new Method(this, name);
            default -> null;
        };
    }

    Object method(Budget budget, String name, Arguments arguments) {
        if (name.equals("cycle")) {
            if (arguments.positional().isEmpty()) {
                throw TemplateException.value("no items for cycling given");
            }
            return arguments.positional().get(index % arguments.positional().size());
        }
        Sequence values =
                Sequence.of(budget, Sequence.Kind.TUPLE, List.copyOf(arguments.positional()));
        boolean changed = lastChanged == null || !Equality.equal(budget, lastChanged, values);
        if (changed) {
            budget.keep(values.bytes() - (lastChanged == null ? 0 : lastChanged.bytes()));
            lastChanged = values;
        }
        return changed;
    }

    /** {@code loop(items)}: the loop's body once more, for items within an item. */
    @Override
    public Object call(Budget budget, Arguments arguments) {
        Object inner = arguments.one("loop", "iterable");
        if (!statement.recursive()) {
            throw TemplateException.value("a loop needs 'recursive' to be called");
        }
        budget.enter();
        TextBuilder out = new TextBuilder(budget);
        interpreter.loop(statement, inner, around, depth + 1, out);
        budget.leave();
        return interpreter.marked(out.toString());
    }

    String describe(Budget budget) {
        return "<LoopContext " + (index + 1) + "/" + length(budget) + ">";
    }
}
