package io.step3.jinja;

import io.step3.jinja.Statement.Branch;
import io.step3.jinja.Statement.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** One rendering: carries out statements. */
final class Interpreter {

    /** How a body ended. */
    enum End {
        NORMAL,
        BREAK,
        CONTINUE
    }

    private final Budget budget;
    private final Scopes scopes;
    private final Context context;
    private final Evaluator evaluator;

    /** Whether values are escaped where they are written; off, as for prompts, unless asked for. */
    private boolean autoescape;

    Interpreter(Budget budget, Scopes scopes, Context context) {
        this.budget = budget;
        this.scopes = scopes;
        this.context = context;
        this.evaluator = new Evaluator(this);
        context.given().put("self", new SelfReference(this));
    }

    Budget budget() {
        return budget;
    }

    boolean autoescape() {
        return autoescape;
    }

    String render(List<Statement> template) {
        TextBuilder out = new TextBuilder(budget);
        Frame frame = new Frame(budget, scopes.root(), null, context);
        frame.enter();
        run(template, frame, out);
        return out.toString();
    }

    End run(List<Statement> body, Frame frame, TextBuilder out) {
        for (Statement statement : body) {
            budget.spend(1);
            budget.enter();
            long mark = budget.mark() - out.bytes();
            End end;
            try {
                end = run(statement, frame, out);
            } catch (TemplateException e) {
                throw e.at(statement.line());
            }
            budget.release(mark + out.bytes());
            budget.leave();
            if (end != End.NORMAL) {
                return end;
            }
        }
        return End.NORMAL;
    }

    private End run(Statement statement, Frame frame, TextBuilder out) {
        switch (statement) {
            case Statement.Text text -> out.append(text.text());
            case Statement.Output output -> {
                for (Expression value : output.values()) {
                    out.append(written(evaluator.value(value, frame)));
                }
            }
            case Statement.If branches -> {
                for (Branch branch : branches.branches()) {
                    if (branch.test() == null
                            || Types.truth(budget, evaluator.value(branch.test(), frame))) {
                        return run(branch.body(), frame, out);
                    }
                }
            }
            case Statement.For loop -> {
                Object items = evaluator.value(loop.items(), frame);
                if (!loop.recursive()) {
                    return loop(loop, items, frame, 0, out);
                }
                loop(loop, items, frame, 0, out);
            }
            case Statement.Break end -> {
                return End.BREAK;
            }
            case Statement.Continue end -> {
                return End.CONTINUE;
            }
            case Statement.Set set ->
                    assign(set.target(), evaluator.value(set.value(), frame), frame);
            case Statement.SetBlock set -> {
                Frame inner = inner(scopes.of(set), frame);
                Object text = marked(captured(set.body(), inner));
                if (set.filter() != null) {
                    text = evaluator.filtered(set.filter(), text, inner);
                }
                inner.leave();
                assign(set.target(), text, frame);
            }
            case Statement.Define macro -> {
                Macro value =
                        new Macro(
                                this,
                                macro.name(),
                                macro.signature(),
                                macro.body(),
                                scopes.macro(macro),
                                frame);
                assign(new Target.Variable(macro.name()), value, frame);
            }
            case Statement.CallBlock call -> {
                Macro caller =
                        new Macro(
                                this,
                                null,
                                call.signature(),
                                call.body(),
                                scopes.macro(call),
                                frame);
                out.append(written(evaluator.call(call.call(), caller, frame)));
            }
            case Statement.FilterBlock block -> {
                Frame inner = inner(scopes.of(block), frame);
                Object text = marked(captured(block.body(), inner));
                out.append(written(evaluator.filtered(block.filter(), text, inner)));
                inner.leave();
            }
            case Statement.With with -> {
                List<Object> values = new ArrayList<>();
                with.values().forEach(value -> values.add(evaluator.value(value, frame)));
                Frame inner = inner(scopes.of(with), frame);
                for (int i = 0; i < values.size(); i++) {
                    assign(with.targets().get(i), values.get(i), inner);
                }
                End end = run(with.body(), inner, out);
                inner.leave();
                return end;
            }
            case Statement.Autoescape block -> {
                boolean before = autoescape;
                autoescape = Types.truth(budget, evaluator.value(block.on(), frame));
                Frame inner = inner(scopes.of(block), frame);
                End end = run(block.body(), inner, out);
                inner.leave();
                autoescape = before;
                return end;
            }
            case Statement.Generation block -> {
                Frame inner = inner(scopes.of(block), frame);
                run(block.body(), inner, out);
                inner.leave();
            }
            case Statement.Block block ->
                    block(
                            block,
                            block.scoped()
                                    ? new Context(frame.context().given(), locals(frame))
                                    : frame.context(),
                            out);
        }
        return End.NORMAL;
    }

    private static Map<String, Object> locals(Frame frame) {
        Map<String, Object> all = new HashMap<>(frame.context().set());
        all.putAll(frame.locals());
        return all;
    }

    private void block(Statement.Block block, Context seen, TextBuilder out) {
        Frame frame = new Frame(budget, scopes.of(block), null, seen);
        frame.enter();
        run(block.body(), frame, out);
        frame.leave();
    }

    boolean hasBlock(String name) {
        return scopes.blocks().containsKey(name);
    }

    /** A block's text once more, as {@code self.name()} asks for it. */
    Object block(String name) {
        budget.enter();
        TextBuilder out = new TextBuilder(budget);
        block(scopes.blocks().get(name), context, out);
        budget.leave();
        return marked(out.toString());
    }

    private Frame inner(Names names, Frame around) {
        Frame frame = new Frame(budget, names, around, around.context());
        frame.enter();
        return frame;
    }

    /** What a body writes, as a text. */
    String captured(List<Statement> body, Frame frame) {
        TextBuilder out = new TextBuilder(budget);
        run(body, frame, out);
        return out.toString();
    }

    /** Text that a body wrote, which where values are escaped is escaped already. */
    Object marked(String text) {
        return autoescape ? new Markup(text) : text;
    }

    private String written(Object value) {
        return autoescape ? Markup.escape(budget, value).text() : Repr.str(budget, value);
    }

    void assign(Target target, Object value, Frame frame) {
        switch (target) {
            case Target.Variable variable -> {
                frame.put(variable.name(), value);
                if (frame.isOf(scopes.root())) {
                    context.set().put(variable.name(), value);
                }
            }
            case Target.Attribute attribute -> {
                if (!(frame.find(attribute.namespace()) instanceof Namespace namespace)) {
                    throw TemplateException.value(
                            "'%s' is no namespace, so that '%s' cannot be set in it"
                                    .formatted(attribute.namespace(), attribute.attribute()));
                }
                namespace.set(attribute.attribute(), value);
            }
            case Target.Several several -> {
                List<Target> targets = several.targets();
                List<Object> parts = unpack(value, targets.size());
                for (int i = 0; i < targets.size(); i++) {
                    assign(targets.get(i), parts.get(i), frame);
                }
            }
        }
    }

    private List<Object> unpack(Object value, int count) {
        List<Object> parts = new ArrayList<>(count);
        Iterator<Object> items = Iteration.of(budget, value);
        while (items.hasNext() && parts.size() <= count) {
            budget.spend(1);
            parts.add(items.next());
        }
        if (parts.size() != count) {
            throw TemplateException.value(
                    parts.size() < count
                            ? "not enough values to unpack (expected %d, got %d)"
                                    .formatted(count, parts.size())
                            : "too many values to unpack (expected " + count + ")");
        }
        return parts;
    }

    /** One loop, or one level of a recursive one. */
    End loop(Statement.For loop, Object items, Frame around, int depth, TextBuilder out) {
        Scopes.Loop names = scopes.of(loop);
        Frame frame = new Frame(budget, names.body(), around, around.context());
        Iterator<Object> iterator = Iteration.of(budget, items);
        Object counted = items;
        if (loop.test() != null) {
            iterator = filtered(loop, iterator, names.test(), around);
            counted = null;
        }
        Loop state = new Loop(this, loop, around, counted, iterator, depth);
        boolean any = false;
        while (state.hasNext()) {
            long mark = budget.mark() - out.bytes();
            Object item = state.next();
            budget.spend(1);
            any = true;
            frame.enter();
            frame.put("loop", state);
            assign(loop.target(), item, frame);
            End end = run(loop.body(), frame, out);
            budget.release(mark + out.bytes());
            if (end == End.BREAK) {
                break;
            }
        }
        frame.leave();
        if (any || loop.otherwise().isEmpty()) {
            return End.NORMAL;
        }
        Frame otherwise = inner(names.otherwise(), around);
        End end = run(loop.otherwise(), otherwise, out);
        otherwise.leave();
        return end;
    }

    private Iterator<Object> filtered(
            Statement.For loop, Iterator<Object> items, Names names, Frame around) {
        Frame frame = new Frame(budget, names, around, around.context());
        frame.enter();
        return Lazy.of(
                        budget,
                        () -> {
                            while (items.hasNext()) {
                                Object item = items.next();
                                budget.spend(1);
                                assign(loop.target(), item, frame);
                                if (Types.truth(budget, evaluator.value(loop.test(), frame))) {
                                    return item;
                                }
                            }
                            return null;
                        })
                .items();
    }

    Object evaluate(Expression expression, Frame frame) {
        return evaluator.value(expression, frame);
    }
}
