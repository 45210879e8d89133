package io.step3.jinja;

import io.step3.jinja.Expression.Parameters;
import io.step3.jinja.Statement.Branch;
import io.step3.jinja.Statement.Signature;
import io.step3.jinja.Statement.Target;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The scopes of a template: which statement opens one, and which names belong to it. */
final class Scopes {

    /** The three scopes of a loop; without an {@code else} or a test that scope is empty. */
    record Loop(Names body, Names otherwise, Names test) {}

    /**
     * A macro's scope.
     *
     * @param special which of {@code caller}, {@code kwargs} and {@code varargs} it asks for
     */
    record MacroScope(Names names, Set<String> special) {}

    private final Names root = new Names(null);
    private final Map<Statement, Names> bodies = new IdentityHashMap<>();
    private final Map<Statement, Loop> loops = new IdentityHashMap<>();
    private final Map<Statement, MacroScope> macros = new IdentityHashMap<>();
    private final Map<String, Statement.Block> blocks = new LinkedHashMap<>();

    Scopes(List<Statement> template) {
        visit(template, root);
        open(template, root);
    }

    Names root() {
        return root;
    }

    Names of(Statement statement) {
        return Objects.requireNonNull(bodies.get(statement));
    }

    Loop of(Statement.For loop) {
        return Objects.requireNonNull(loops.get(loop));
    }

    MacroScope macro(Statement macro) {
        return Objects.requireNonNull(macros.get(macro));
    }

    Map<String, Statement.Block> blocks() {
        return blocks;
    }

    /** Opens the scopes that the statements of a scope hold. */
    private void open(List<Statement> body, Names around) {
        for (Statement statement : body) {
            switch (statement) {
                case Statement.If branches ->
                        branches.branches().forEach(branch -> open(branch.body(), around));
                case Statement.For loop -> open(loop, around);
                case Statement.SetBlock block -> scope(block, block.body(), around);
                case Statement.FilterBlock block -> scope(block, block.body(), around);
                case Statement.Autoescape block -> scope(block, block.body(), around);
                case Statement.Generation block -> scope(block, block.body(), around);
                case Statement.With with -> {
                    Names names = new Names(around);
                    with.targets().forEach(target -> parameters(target, names));
                    visit(with.body(), names);
                    bodies.put(with, names);
                    open(with.body(), names);
                }
                case Statement.Block block -> {
                    blocks.put(block.name(), block);
                    scope(block, block.body(), null);
                }
                case Statement.Define macro ->
                        openMacro(macro, macro.signature(), macro.body(), around);
                case Statement.CallBlock call ->
                        openMacro(call, call.signature(), call.body(), around);
                default -> {}
            }
        }
    }

    private void scope(Statement statement, List<Statement> body, @Nullable Names around) {
        Names names = new Names(around);
        visit(body, names);
        bodies.put(statement, names);
        open(body, names);
    }

    private void open(Statement.For loop, Names around) {
        Names body = new Names(around);
        if (loop.recursive() || Special.in(loop.body(), Set.of("loop")).contains("loop")) {
            body.parameter("loop");
        }
        parameters(loop.target(), body);
        visit(loop.body(), body);
        Names otherwise = new Names(around);
        visit(loop.otherwise(), otherwise);
        Names test = new Names(around);
        parameters(loop.target(), test);
        if (loop.test() != null) {
            visit(loop.test(), test);
        }
        loops.put(loop, new Loop(body, otherwise, test));
        open(loop.body(), body);
        open(loop.otherwise(), otherwise);
    }

    private void openMacro(
            Statement macro, Signature signature, List<Statement> body, Names around) {
        Names names = new Names(around);
        Set<String> special = Special.in(body, Set.of("caller", "kwargs", "varargs"));
        signature.parameters().forEach(names::parameter);
        special.stream().filter(name -> !names.has(name)).forEach(names::parameter);
        signature.defaults().forEach(value -> visit(value, names));
        visit(body, names);
        macros.put(macro, new MacroScope(names, special));
        open(body, names);
    }

    private static void parameters(Target target, Names names) {
        switch (target) {
            case Target.Variable variable -> names.parameter(variable.name());
            case Target.Attribute attribute -> names.load(attribute.namespace());
            case Target.Several several -> several.targets().forEach(one -> parameters(one, names));
        }
    }

    /** The names that statements read and set in the scope that they stand in. */
    private static void visit(List<Statement> body, Names names) {
        for (Statement statement : body) {
            switch (statement) {
                case Statement.Output output ->
                        output.values().forEach(value -> visit(value, names));
                case Statement.If branches -> visit(branches, names);
                case Statement.For loop -> visit(loop.items(), names);
                case Statement.Set set -> {
                    visit(set.value(), names);
                    store(set.target(), names);
                }
                case Statement.SetBlock set -> store(set.target(), names);
                case Statement.Define macro -> names.store(macro.name());
                case Statement.CallBlock call -> visit(call.call(), names);
                case Statement.FilterBlock block -> visit(block.filter(), names);
                case Statement.With with -> with.values().forEach(value -> visit(value, names));
                case Statement.Text text -> {}
                case Statement.Break end -> {}
                case Statement.Continue end -> {}
                case Statement.Autoescape block -> {}
                case Statement.Generation block -> {}
                case Statement.Block block -> {}
            }
        }
    }

    private static void visit(Statement.If statement, Names names) {
        List<Branch> branches = statement.branches();
        visit(branches.getFirst().test(), names);
        Names first = names.branch();
        visit(branches.getFirst().body(), first);
        Names others = names.branch();
        Names last = names.branch();
        for (Branch branch : branches.subList(1, branches.size())) {
            if (branch.test() == null) {
                visit(branch.body(), last);
            } else {
                visit(branch.test(), others);
                Names body = others.branch();
                visit(branch.body(), body);
                others.merge(body);
            }
        }
        names.merge(first, others, last);
    }

    private static void store(Target target, Names names) {
        switch (target) {
            case Target.Variable variable -> names.store(variable.name());
            case Target.Attribute attribute -> names.load(attribute.namespace());
            case Target.Several several -> several.targets().forEach(one -> store(one, names));
        }
    }

    private static void visit(@Nullable Expression expression, Names names) {
        if (expression instanceof Expression.Name name) {
            names.load(name.name());
        } else if (expression != null) {
            forEachPart(expression, part -> visit(part, names));
        }
    }

    /** Hands over the expressions that one is made of; null where a part is left out. */
    static void forEachPart(Expression expression, Consumer<Expression> consumer) {
        switch (expression) {
            case Expression.Constant constant -> {}
            case Expression.Name name -> {}
            case Expression.TupleOf tuple -> tuple.items().forEach(consumer);
            case Expression.ListOf list -> list.items().forEach(consumer);
            case Expression.DictOf dict ->
                    dict.items()
                            .forEach(
                                    item -> {
                                        consumer.accept(item.getKey());
                                        consumer.accept(item.getValue());
                                    });
            case Expression.Attribute attribute -> consumer.accept(attribute.target());
            case Expression.Item item -> {
                consumer.accept(item.target());
                consumer.accept(item.index());
            }
            case Expression.Slice slice -> {
                consumer.accept(slice.from());
                consumer.accept(slice.to());
                consumer.accept(slice.step());
            }
            case Expression.Call call -> {
                consumer.accept(call.callee());
                forEachPart(call.arguments(), consumer);
            }
            case Expression.Filter filter -> {
                consumer.accept(filter.target());
                forEachPart(filter.arguments(), consumer);
            }
            case Expression.Test test -> {
                consumer.accept(test.target());
                forEachPart(test.arguments(), consumer);
            }
            case Expression.Not not -> consumer.accept(not.operand());
            case Expression.Sign sign -> consumer.accept(sign.operand());
            case Expression.Binary binary -> {
                consumer.accept(binary.left());
                consumer.accept(binary.right());
            }
            case Expression.And and -> {
                consumer.accept(and.left());
                consumer.accept(and.right());
            }
            case Expression.Or or -> {
                consumer.accept(or.left());
                consumer.accept(or.right());
            }
            case Expression.Compare compare -> {
                consumer.accept(compare.first());
                compare.rest().forEach(one -> consumer.accept(one.operand()));
            }
            case Expression.Concat concat -> concat.parts().forEach(consumer);
            case Expression.Conditional conditional -> {
                consumer.accept(conditional.test());
                consumer.accept(conditional.yes());
                consumer.accept(conditional.no());
            }
        }
    }

    private static void forEachPart(Parameters parameters, Consumer<Expression> consumer) {
        parameters.positional().forEach(consumer);
        parameters.named().forEach(one -> consumer.accept(one.getValue()));
        consumer.accept(parameters.rest());
        consumer.accept(parameters.namedRest());
    }
}
