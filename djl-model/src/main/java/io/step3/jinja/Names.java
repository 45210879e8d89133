package io.step3.jinja;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names that belong to one scope, and what each is when the scope is entered. Which scope a
 * name belongs to is decided when the template is read, as Jinja does: a name that is set anywhere
 * in a scope is that scope's own in all of it.
 */
final class Names {

    /** What a name is when its scope is entered. */
    enum Origin {
        /** What whoever enters gives it: a macro's parameter, a loop's item. */
        PARAMETER,
        /** What the template was given, or has set outside of all scopes. */
        CONTEXT,
        /** What it is in the scope around. */
        OUTER,
        /** Nothing yet. */
        UNSET
    }

    private final @Nullable Names parent;
    private final Map<String, Origin> origins = new LinkedHashMap<>();
    private final Set<String> stored = new HashSet<>();

    Names(@Nullable Names parent) {
        this.parent = parent;
    }

    Map<String, Origin> origins() {
        return origins;
    }

    /** The names that are set here. */
    Set<String> stored() {
        return stored;
    }

    boolean has(String name) {
        return origins.containsKey(name);
    }

    private static boolean known(@Nullable Names scope, String name) {
        for (Names names = scope; names != null; names = names.parent) {
            if (names.has(name)) {
                return true;
            }
        }
        return false;
    }

    void parameter(String name) {
        stored.add(name);
        origins.put(name, Origin.PARAMETER);
    }

    void load(String name) {
        if (!known(this, name)) {
            origins.put(name, Origin.CONTEXT);
        }
    }

    void store(String name) {
        stored.add(name);
        if (!has(name)) {
            origins.put(name, known(parent, name) ? Origin.OUTER : Origin.UNSET);
        }
    }

    /** What a branch may do, to be merged once all branches are read. */
    Names branch() {
        Names branch = new Names(parent);
        branch.origins.putAll(origins);
        branch.stored.addAll(stored);
        return branch;
    }

    /** Takes over branches of which only one is done: what one sets may still be what it was. */
    void merge(Names... branches) {
        Set<String> maybe = new HashSet<>();
        for (Names branch : branches) {
            maybe.addAll(branch.stored);
        }
        maybe.removeAll(stored);
        for (Names branch : branches) {
            origins.putAll(branch.origins);
            stored.addAll(branch.stored);
        }
        for (String name : maybe) {
            origins.put(name, known(parent, name) ? Origin.OUTER : Origin.CONTEXT);
        }
    }
}
