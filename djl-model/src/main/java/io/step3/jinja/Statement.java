package io.step3.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is done, in the order of the template. */
sealed interface Statement {

    /** The line of the template where it begins. */
    int line();

    record Text(String text, int line) implements Statement {}

    record Output(List<Expression> values, int line) implements Statement {}

    /** Branches in order, the last without a test where there is an {@code else}. */
    record If(List<Branch> branches, int line) implements Statement {}

    /**
     * One branch.
     *
     * @param test null for {@code else}
     */
    record Branch(@Nullable Expression test, List<Statement> body) {}

    /**
     * A loop.
     *
     * @param test items for which it is false are left out; may be null
     * @param otherwise what is done where there is no item
     */
    record For(
            Target target,
            Expression items,
            @Nullable Expression test,
            boolean recursive,
            List<Statement> body,
            List<Statement> otherwise,
            int line)
            implements Statement {}

    record Break(int line) implements Statement {}

    record Continue(int line) implements Statement {}

    record Set(Target target, Expression value, int line) implements Statement {}

    /** {@code set} with a body; filter may be null. */
    record SetBlock(Target target, @Nullable Expression filter, List<Statement> body, int line)
            implements Statement {}

    record Define(String name, Signature signature, List<Statement> body, int line)
            implements Statement {}

    /** {@code call}: its body is the macro that the callee knows as {@code caller}. */
    record CallBlock(Expression.Call call, Signature signature, List<Statement> body, int line)
            implements Statement {}

    record FilterBlock(Expression filter, List<Statement> body, int line) implements Statement {}

    record With(List<Target> targets, List<Expression> values, List<Statement> body, int line)
            implements Statement {}

    /** {@code autoescape}. */
    record Autoescape(Expression on, List<Statement> body, int line) implements Statement {}

    /** {@code generation}, the mark around what a model is trained on. */
    record Generation(List<Statement> body, int line) implements Statement {}

    /** {@code block}, which without inheritance stands for its body. */
    record Block(String name, boolean scoped, List<Statement> body, int line)
            implements Statement {}

    /**
     * What a macro takes.
     *
     * @param defaults of the last parameters
     */
    record Signature(List<String> parameters, List<Expression> defaults) {

        static final Signature EMPTY = new Signature(List.of(), List.of());
    }

    /** What can be assigned to. */
    sealed interface Target {

        record Variable(String name) implements Target {}

        /** {@code namespace.attribute}. */
        record Attribute(String namespace, String attribute) implements Target {}

        record Several(List<Target> targets) implements Target {}
    }
}
