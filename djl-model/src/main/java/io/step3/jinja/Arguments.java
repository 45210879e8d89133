package io.step3.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of a call.
 *
 * @param positional those without a name
 * @param named those with one
 */
record Arguments(List<Object> positional, Map<String, Object> named) {

    static final Arguments NONE = new Arguments(List.of(), Map.of());

    static Arguments of(Object... positional) {
        return new Arguments(List.of(positional), Map.of());
    }

    /** These, without the first positional ones. */
    Arguments from(int first) {
        return new Arguments(positional.subList(first, positional.size()), named);
    }

    Arguments with(String name, Object value) {
        Map<String, Object> all = new LinkedHashMap<>(named);
        if (all.put(name, value) != null) {
            throw TemplateException.value("it passes the argument '" + name + "' twice");
        }
        return new Arguments(positional, all);
    }

    /**
     * The only argument, which must be given.
     *
     * @param parameter its name; one that begins with {@code /} has a place but no name
     */
    Object one(String callee, String parameter) {
        return Objects.requireNonNull(bind(callee, parameter + "!")[0]);
    }

    /**
     * The arguments in the order of the parameters, null where one was not given.
     *
     * @param parameters names; one that ends in {@code !} must be given, one that begins with
     *     {@code /} has a place but no name
     */
    @Nullable Object[] bind(String callee, String... parameters) {
        if (positional.size() > parameters.length) {
            throw TemplateException.value(
                    "%s() takes at most %d arguments (%d given)"
                            .formatted(callee, parameters.length, positional.size()));
        }
        @Nullable Object[] bound = new @Nullable Object[parameters.length];
        int used = 0;
        for (int i = 0; i < parameters.length; i++) {
            boolean required = parameters[i].endsWith("!");
            String name =
                    required
                            ? parameters[i].substring(0, parameters[i].length() - 1)
                            : parameters[i];
            if (i < positional.size()) {
                bound[i] = positional.get(i);
                if (named.containsKey(name)) {
                    throw TemplateException.value(
                            callee + "() got multiple values for argument '" + name + "'");
                }
            } else if (named.containsKey(name)) {
                bound[i] = named.get(name);
                used++;
            } else if (required) {
                throw TemplateException.value(
                        callee + "() is missing the argument '" + name.replace("/", "") + "'");
            }
        }
        if (used < named.size()) {
            List<String> unknown = new ArrayList<>(named.keySet());
            for (String parameter : parameters) {
                unknown.remove(parameter.replace("!", ""));
            }
            throw TemplateException.value(
                    callee + "() got an unexpected keyword argument '" + unknown.getFirst() + "'");
        }
        return bound;
    }
}
