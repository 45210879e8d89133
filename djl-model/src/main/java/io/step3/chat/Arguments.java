package io.step3.chat;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The arguments of a call in a template, taken by position or name in the order in which they are
 * asked for. Null where an argument was not given.
 */
final class Arguments {

    private final String callee;
    private final List<Object> positional;
    private final Map<String, Object> named;
    private final Set<String> used = new HashSet<>();
    private int position;

    Arguments(String callee, List<Object> positional, Map<String, Object> named) {
        this.callee = callee;
        this.positional = positional;
        this.named = named;
    }

    /** The next argument. */
    Object get(String name) {
        if (position < positional.size()) {
            return positional.get(position++);
        }
        return named(name);
    }

    /** The next argument, which must be a string. */
    String string(String name) {
        if (get(name) instanceof String text) {
            return text;
        }
        throw new ChatTemplateException(
                "it calls '" + callee + "' without the string '" + name + "'");
    }

    /** An argument that has a name only. */
    Object named(String name) {
        used.add(name);
        return named.get(name);
    }

    /** A positional argument out of order. */
    Object at(int index) {
        return index < positional.size() ? positional.get(index) : null;
    }

    /** All positional arguments not yet taken. */
    List<Object> rest() {
        List<Object> rest = positional.subList(position, positional.size());
        position = positional.size();
        return rest;
    }

    void useAll() {
        position = positional.size();
        used.addAll(named.keySet());
    }

    /** What was given and never asked for would silently do nothing. */
    void requireAllUsed() {
        if (position < positional.size() || !used.containsAll(named.keySet())) {
            throw new ChatTemplateException("it calls '" + callee + "' with unknown arguments");
        }
    }
}
