package io.step3.jinja;

import io.step3.jinja.Statement.Signature;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A macro of a template, or the body of a {@code call}. */
final class Macro implements Callable {

    private final Interpreter interpreter;
    private final @Nullable String name;
    private final Signature signature;
    private final List<Statement> body;
    private final Scopes.MacroScope scope;
    private final Frame around;

    /**
     * A macro.
     *
     * @param name null for the body of a {@code call}
     */
    Macro(
            Interpreter interpreter,
            @Nullable String name,
            Signature signature,
            List<Statement> body,
            Scopes.MacroScope scope,
            Frame around) {
        this.interpreter = interpreter;
        this.name = name;
        this.signature = signature;
        this.body = body;
        this.scope = scope;
        this.around = around;
    }

    @Override
    public Object call(Budget budget, Arguments arguments) {
        budget.enter();
        Frame frame = new Frame(budget, scope.names(), around, around.context());
        frame.enter();
        Map<String, Object> named = new LinkedHashMap<>(arguments.named());
        bind(arguments.positional(), named, frame);
        List<Object> more = new ArrayList<>();
        for (int i = signature.parameters().size(); i < arguments.positional().size(); i++) {
            more.add(arguments.positional().get(i));
        }
        bindSpecial(budget, named, more, frame);
        String text = interpreter.captured(body, frame);
        frame.leave();
        budget.leave();
        return interpreter.marked(text);
    }

    private void bind(List<Object> positional, Map<String, Object> named, Frame frame) {
        List<String> parameters = signature.parameters();
        int optional = parameters.size() - signature.defaults().size();
        for (int i = 0; i < parameters.size(); i++) {
            String parameter = parameters.get(i);
            if (i < positional.size()) {
                frame.put(parameter, positional.get(i));
            } else {
                frame.put(parameter, named.remove(parameter));
            }
        }
        for (int i = 0; i < parameters.size(); i++) {
            String parameter = parameters.get(i);
            if (frame.find(parameter) == null) {
                frame.put(
                        parameter,
                        i >= optional
                                ? interpreter.evaluate(
                                        signature.defaults().get(i - optional), frame)
                                : new Undefined("parameter '" + parameter + "' was not provided"));
            }
        }
    }

    private void bindSpecial(
            Budget budget, Map<String, Object> named, List<Object> more, Frame frame) {
        if (takes("caller")) {
            Object caller = named.remove("caller");
            frame.put("caller", caller != null ? caller : new Undefined("No caller defined"));
        }
        if (takes("kwargs")) {
            Dict.Builder kwargs = new Dict.Builder(budget);
            named.forEach(kwargs::put);
            frame.put("kwargs", kwargs.build());
        } else if (!named.isEmpty()) {
            throw TemplateException.value(
                    "macro '%s' takes no keyword argument '%s'"
                            .formatted(name, named.keySet().iterator().next()));
        }
        if (takes("varargs")) {
            frame.put("varargs", Sequence.of(budget, Sequence.Kind.TUPLE, more));
        } else if (!more.isEmpty()) {
            throw TemplateException.value(
                    "macro '%s' takes not more than %d argument(s)"
                            .formatted(name, signature.parameters().size()));
        }
    }

    private boolean takes(String special) {
        return scope.special().contains(special) && !signature.parameters().contains(special);
    }

    /** An attribute of the macro; null where there is none of that name. */
    @Nullable Object attribute(Budget budget, String attribute) {
        return switch (attribute) {
            case "name" -> name == null ? None.NONE : name;
            case "arguments" ->
                    Sequence.of(budget, Sequence.Kind.TUPLE, List.copyOf(signature.parameters()));
            case "catch_kwargs" -> scope.special().contains("kwargs");
            case "catch_varargs" -> scope.special().contains("varargs");
            case "caller" -> scope.special().contains("caller");
            default -> null;
        };
    }

    String describe() {
        return name == null ? "<Macro anonymous>" : "<Macro '" + name + "'>";
    }
}
