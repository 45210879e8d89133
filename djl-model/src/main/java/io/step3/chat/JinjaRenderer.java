package io.step3.chat;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.el.ext.NamedParameter;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.fn.MacroFunction;
import com.hubspot.jinjava.lib.tag.ForTag;
import com.hubspot.jinjava.lib.tag.IfTag;
import com.hubspot.jinjava.lib.tag.Tag;
import com.hubspot.jinjava.objects.Namespace;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;
import com.hubspot.jinjava.util.ForLoop;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One rendering of a template. Jinjava reads the template and runs its statements; whitespace is
 * settled before by {@link JinjaSource}, and expressions go to {@link JinjaExpression} instead of
 * Jinjava's own evaluator, which calls methods of Java objects and has other truths and operators
 * than Python.
 */
final class JinjaRenderer extends JinjavaInterpreter implements JinjaExpression.Scope {

    private static final int MAX_MACRO_DEPTH = 100;

    /** The statements of chat templates; above all nothing that reads files. */
    private static final Set<String> STATEMENTS =
            Set.of(
                    "if",
                    "elif",
                    "else",
                    "for",
                    "break",
                    "continue",
                    "set",
                    "macro",
                    "call",
                    Generation.NAME);

    private static final Set<String> FUNCTIONS =
            Set.of("range", "namespace", "dict", "raise_exception", "strftime_now");

    private final Python python = new Python();
    private final PythonMethods methods = new PythonMethods(python);
    private final JinjaFilters filters = new JinjaFilters(python, methods);
    private final Map<String, JinjaExpression> expressions = new HashMap<>();
    private int macroDepth;

    private JinjaRenderer(Jinjava jinjava, Context context, JinjavaConfig config) {
        super(jinjava, context, config);
    }

    /** Jinjava with the statements of chat templates; takes a while to load its classes. */
    static Jinjava engine() {
        JinjavaConfig config =
                JinjavaConfig.newBuilder()
                        .withNestedInterpretationEnabled(false)
                        .withMaxOutputSize(JinjaTemplate.MAX_OUTPUT_CHARS)
                        // Otherwise a minus sign before a number counts as a trim mark.
                        .withLegacyOverrides(
                                LegacyOverrides.newBuilder()
                                        .withParseWhitespaceControlStrictly(true)
                                        .build())
                        .build();
        Jinjava engine = new Jinjava(config);
        engine.registerTag(new Condition());
        engine.registerTag(new Loop());
        engine.registerTag(new Generation());
        // Its first look-up of a macro writes; all renderings share it and shall only read.
        engine.getGlobalContext().getGlobalMacro("");
        return engine;
    }

    /** Renders a template; whatever goes wrong is an exception, and nothing is half rendered. */
    static String render(Jinjava engine, String source, Map<String, Object> variables) {
        Context context = new Context(engine.getGlobalContext(), variables, disabledTags(engine));
        return new JinjaRenderer(engine, context, engine.getGlobalConfig())
                .render(JinjaSource.settle(source));
    }

    private static Map<Context.Library, Set<String>> disabledTags(Jinjava engine) {
        Set<String> names =
                engine.getGlobalContext().getAllTags().stream()
                        .map(Tag::getName)
                        .filter(name -> !STATEMENTS.contains(name) && !name.startsWith("end"))
                        .collect(Collectors.toCollection(HashSet::new));
        Map<Context.Library, Set<String>> disabled = new EnumMap<>(Context.Library.class);
        disabled.put(Context.Library.TAG, names);
        return disabled;
    }

    /** Jinjava would note an error and go on, with a prompt that is wrong somewhere. */
    @Override
    public void addError(TemplateError error) {
        throw new ChatTemplateException(error.getMessage());
    }

    @Override
    public Object resolveELExpression(String expression, int lineNumber) {
        setLineNumber(lineNumber);
        return evaluate(expression);
    }

    @Override
    public Object resolveELExpressionSilently(String expression) {
        return evaluate(expression);
    }

    private Object evaluate(String expression) {
        python.spend(expression.length());
        return expressions.computeIfAbsent(expression, JinjaExpression::parse).in(this);
    }

    @Override
    public String getAsString(Object value) {
        return python.str(value);
    }

    @Override
    public Object variable(String name) {
        Object value = getContext().get(name);
        if (value == null
                && (FUNCTIONS.contains(name) || getContext().getGlobalMacro(name) != null)) {
            return new JinjaExpression.Callable(name);
        }
        return value instanceof ForLoop loop ? loopVariables(loop) : value;
    }

    @Override
    public Python python() {
        return python;
    }

    @Override
    public PythonMethods methods() {
        return methods;
    }

    @Override
    public JinjaFilters filters() {
        return filters;
    }

    @Override
    public Object call(String name, List<Object> arguments, Map<String, Object> named) {
        python.spend(1);
        MacroFunction macro = getContext().getGlobalMacro(name);
        if (macro != null) {
            return call(macro, arguments, named);
        }
        Arguments given = new Arguments(name, arguments, named);
        Object result =
                switch (name) {
                    case "range" -> range(given);
                    case "namespace" -> new Namespace(new HashMap<>(all(given, named)), 1000);
                    case "dict" -> new LinkedHashMap<>(all(given, named));
                    case "raise_exception" ->
                            throw new ChatTemplateException(
                                    "it refuses the conversation: "
                                            + python.str(given.get("message")));
                    case "strftime_now" ->
                            Strftime.format(given.string("format"), ZonedDateTime.now());
                    default ->
                            throw new ChatTemplateException(
                                    "it calls the unknown function '" + name + "'");
                };
        given.requireAllUsed();
        return result;
    }

    private static Map<String, Object> all(Arguments given, Map<String, Object> named) {
        given.useAll();
        return named;
    }

    private Object call(MacroFunction macro, List<Object> arguments, Map<String, Object> named) {
        List<Object> given = new ArrayList<>(arguments);
        named.forEach((name, value) -> given.add(new NamedParameter(name, value)));
        if (++macroDepth > MAX_MACRO_DEPTH) {
            throw new ChatTemplateException("its macros call each other too deeply");
        }
        Object result = macro.evaluate(given.toArray());
        macroDepth--;
        return result;
    }

    private List<Object> range(Arguments given) {
        long first = Python.integer(given.get("start"));
        Object second = given.get("stop");
        Object step = given.get("step");
        long start = second == null ? 0 : first;
        long stop = second == null ? first : Python.integer(second);
        long stride = step == null ? 1 : Python.integer(step);
        if (stride == 0) {
            throw new ChatTemplateException("it ranges with step zero");
        }
        List<Object> numbers = new ArrayList<>();
        for (long i = start; stride > 0 ? i < stop : i > stop; i += stride) {
            python.make(numbers.size());
            numbers.add(i);
        }
        return numbers;
    }

    private static Map<String, Object> loopVariables(ForLoop loop) {
        Map<String, Object> variables = new HashMap<>();
        variables.put("index", (long) loop.getIndex());
        variables.put("index0", (long) loop.getIndex0());
        variables.put("revindex", (long) loop.getLength() - loop.getIndex0());
        variables.put("revindex0", (long) loop.getLength() - loop.getIndex());
        variables.put("length", (long) loop.getLength());
        variables.put("first", loop.getIndex0() == 0);
        variables.put("last", loop.getIndex() == loop.getLength());
        if (loop instanceof Loop.Items items) {
            variables.put("previtem", items.at(loop.getIndex0() - 1));
            variables.put("nextitem", items.at(loop.getIndex()));
        }
        return variables;
    }

    /** {@code if} and {@code elif} with Python's truth: to Jinjava, "false" is false. */
    private static final class Condition extends IfTag {
        private static final long serialVersionUID = 1L;

        @Override
        public boolean isPositiveIfElseNode(TagNode tag, JinjavaInterpreter interpreter) {
            return Python.truth(
                    interpreter.resolveELExpression(tag.getHelpers(), tag.getLineNumber()));
        }
    }

    /** {@code for} with a condition, {@code else}, several variables and neighbours. */
    private static final class Loop extends ForTag {
        private static final long serialVersionUID = 1L;

        private static final class Items extends ForLoop {
            private final List<?> items;

            private Items(List<?> items) {
                super(items.iterator(), items.size());
                this.items = items;
            }

            private Object at(int index) {
                return index >= 0 && index < items.size() ? items.get(index) : null;
            }
        }

        @Override
        public String interpret(TagNode tag, JinjavaInterpreter interpreter) {
            JinjaRenderer renderer = (JinjaRenderer) interpreter;
            renderer.setLineNumber(tag.getLineNumber());
            JinjaExpression.LoopHead head = JinjaExpression.LoopHead.parse(tag.getHelpers());
            List<Object> items = new ArrayList<>();
            for (Object item : renderer.python.iterate(head.items().in(renderer))) {
                if (head.condition() == null || holds(head, item, renderer)) {
                    items.add(item);
                }
            }
            StringBuilder out = new StringBuilder();
            if (items.isEmpty()) {
                renderBody(tag, true, null, renderer, out);
                return out.toString();
            }
            try (InterpreterScopeClosable _ = renderer.enterScope()) {
                Items loop = new Items(items);
                while (loop.hasNext()) {
                    Object item = loop.next();
                    // Each round has a scope of its own: what it sets is gone in the next.
                    try (InterpreterScopeClosable _ = renderer.enterScope()) {
                        renderer.getContext().put(LOOP, loop);
                        assign(head.names(), item, renderer);
                        renderBody(tag, false, loop, renderer, out);
                    }
                }
            }
            return out.toString();
        }

        private static boolean holds(
                JinjaExpression.LoopHead head, Object item, JinjaRenderer renderer) {
            try (InterpreterScopeClosable _ = renderer.enterScope()) {
                assign(head.names(), item, renderer);
                return Python.truth(head.condition().in(renderer));
            }
        }

        private static void assign(List<String> names, Object item, JinjaRenderer renderer) {
            renderer.python.spend(1);
            if (names.size() == 1) {
                renderer.getContext().put(names.getFirst(), item);
                return;
            }
            List<?> parts = renderer.python.iterate(item);
            if (parts.size() != names.size()) {
                throw new ChatTemplateException(
                        "it loops with " + names.size() + " names over items of " + parts.size());
            }
            for (int i = 0; i < parts.size(); i++) {
                renderer.getContext().put(names.get(i), parts.get(i));
            }
        }

        private static void renderBody(
                TagNode tag,
                boolean afterElse,
                ForLoop loop,
                JinjaRenderer renderer,
                StringBuilder out) {
            boolean inElse = false;
            for (Node node : tag.getChildren()) {
                if (node instanceof TagNode other && other.getName().equals("else")) {
                    inElse = true;
                } else if (inElse == afterElse) {
                    out.append(node.render(renderer));
                    renderer.requireSmall(out);
                    if (loop != null && loop.isContinued()) {
                        return;
                    }
                }
            }
        }
    }

    private void requireSmall(StringBuilder out) {
        python.spend(1);
        if (out.length() > JinjaTemplate.MAX_OUTPUT_CHARS) {
            throw new ChatTemplateException("it writes too much");
        }
    }

    /** Hugging Face's mark around what a model is trained on; to a prompt it means nothing. */
    private static final class Generation implements Tag {
        private static final long serialVersionUID = 1L;
        private static final String NAME = "generation";

        @Override
        public String getName() {
            return NAME;
        }

        @Override
        public String interpret(TagNode tag, JinjavaInterpreter interpreter) {
            StringBuilder out = new StringBuilder();
            tag.getChildren().forEach(node -> out.append(node.render(interpreter)));
            return out.toString();
        }
    }
}
