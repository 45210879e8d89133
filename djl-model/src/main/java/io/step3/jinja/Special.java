package io.step3.jinja;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which of some names a body reads before it sets them, whatever scopes are in between. */
final class Special {

    private final Set<String> wanted;
    private final Set<String> found = new HashSet<>();

    private Special(Set<String> names) {
        wanted = new HashSet<>(names);
    }

    static Set<String> in(List<Statement> body, Set<String> names) {
        Special special = new Special(names);
        special.body(body);
        return special.found;
    }

    private void body(List<Statement> body) {
        body.forEach(this::statement);
    }

    private void statement(Statement statement) {
        switch (statement) {
            case Statement.Output output -> output.values().forEach(this::expression);
            case Statement.If branches ->
                    branches.branches()
                            .forEach(
                                    branch -> {
                                        expression(branch.test());
                                        body(branch.body());
                                    });
            case Statement.For loop -> {
                store(loop.target());
                expression(loop.items());
                body(loop.body());
                body(loop.otherwise());
                expression(loop.test());
            }
            case Statement.Set set -> {
                store(set.target());
                expression(set.value());
            }
            case Statement.SetBlock set -> {
                store(set.target());
                expression(set.filter());
                body(set.body());
            }
            case Statement.Define macro -> macro(macro.signature(), macro.body());
            case Statement.CallBlock call -> {
                expression(call.call());
                macro(call.signature(), call.body());
            }
            case Statement.FilterBlock block -> {
                body(block.body());
                expression(block.filter());
            }
            case Statement.With with -> {
                with.targets().forEach(this::store);
                with.values().forEach(this::expression);
                body(with.body());
            }
            case Statement.Autoescape block -> {
                expression(block.on());
                body(block.body());
            }
            case Statement.Generation block -> body(block.body());
            case Statement.Text text -> {}
            case Statement.Break end -> {}
            case Statement.Continue end -> {}
            case Statement.Block block -> {}
        }
    }

    private void macro(Statement.Signature signature, List<Statement> body) {
        signature.parameters().forEach(wanted::remove);
        signature.defaults().forEach(this::expression);
        body(body);
    }

    private void store(Statement.Target target) {
        switch (target) {
            case Statement.Target.Variable variable -> wanted.remove(variable.name());
            case Statement.Target.Attribute attribute -> {}
            case Statement.Target.Several several -> several.targets().forEach(this::store);
        }
    }

    private void expression(@Nullable Expression expression) {
        if (expression instanceof Expression.Name name) {
            if (wanted.contains(name.name())) {
                found.add(name.name());
            }
        } else if (expression != null) {
            Scopes.forEachPart(expression, this::expression);
        }
    }
}
