package io.step3.jinja;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code value.name} and {@code value[index]}, as a sandbox lets them through. */
final class Attributes {

    /** Methods that would change a list or dict. */
    private static final Set<String> CHANGING_LIST =
            Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");

    private static final Set<String> CHANGING_DICT =
            Set.of("clear", "pop", "popitem", "setdefault", "update");

    private Attributes() {}

    /** {@code value.name}: an attribute, else an item. */
    static Object attribute(Budget budget, Object value, String name) {
        if (value instanceof Undefined undefined) {
            throw undefined.refuse();
        }
        Object attribute = find(budget, value, name);
        if (attribute != null) {
            return attribute;
        }
        Object item = value instanceof Dict dict ? dict.get(budget, name) : null;
        return item != null ? item : missing(value, name);
    }

    /** {@code value[index]}: an item, else an attribute. */
    static Object item(Budget budget, Object value, Object index) {
        if (value instanceof Undefined undefined) {
            throw undefined.refuse();
        }
        Object item = Indexes.find(budget, value, index);
        if (item == null && Types.isText(index)) {
            item = find(budget, value, Types.text(index));
        }
        return item != null ? item : missing(value, index);
    }

    /** {@code value|attr(name)}: an attribute only. */
    static Object attributeOnly(Budget budget, Object value, String name) {
        if (value instanceof Undefined undefined) {
            throw undefined.refuse();
        }
        Object attribute = find(budget, value, name);
        return attribute != null ? attribute : missing(value, name);
    }

    private static Undefined missing(Object value, Object name) {
        return new Undefined(
                "'"
                        + Types.name(value)
                        + " object' has no "
                        + (name instanceof String text && text.length() < 200
                                ? "attribute '" + text + "'"
                                : "such element"));
    }

    private static Undefined unsafe(Object value, String name) {
        return new Undefined(
                "access to attribute '%s' of '%s' object is unsafe"
                        .formatted(name, Types.name(value)));
    }

    /** An attribute; null where there is none of that name. */
    private static @Nullable Object find(Budget budget, Object value, String name) {
        return switch (value) {
            case String text -> TextMethods.NAMES.contains(name) ? new Method(value, name) : null;
            case Markup markup ->
                    TextMethods.NAMES.contains(name) || MarkupMethods.NAMES.contains(name)
                            ? new Method(value, name)
                            : null;
            case Dict dict -> {
                if (CHANGING_DICT.contains(name)) {
                    yield unsafe(value, name);
                }
                yield Methods.DICT.contains(name) ? new Method(value, name) : null;
            }
            case Sequence sequence -> {
                if (!sequence.isTuple() && CHANGING_LIST.contains(name)) {
                    yield unsafe(value, name);
                }
                yield sequence(sequence, name);
            }
            case Range range ->
                    switch (name) {
                        case "start" -> range.start();
                        case "stop" -> range.stop();
                        case "step" -> range.step();
                        case "count", "index" -> new Method(value, name);
                        default -> null;
                    };
            case Namespace namespace -> namespace.get(name);
            case Macro macro -> macro.attribute(budget, name);
            case Loop loop -> loop.attribute(budget, name);
            case Cycler cycler -> cycler.attribute(name);
            case SelfReference self -> self.block(name);
            default -> Numbers.is(value) ? Methods.ofNumber(value, name) : null;
        };
    }

    private static @Nullable Object sequence(Sequence sequence, String name) {
        if (sequence.kind() == Sequence.Kind.GROUP) {
            if (name.equals("grouper")) {
                return sequence.get(0);
            }
            if (name.equals("list")) {
                return sequence.get(1);
            }
        }
        boolean method =
                name.equals("count")
                        || name.equals("index")
                        || name.equals("copy") && !sequence.isTuple();
        return method ? new Method(sequence, name) : null;
    }
}
