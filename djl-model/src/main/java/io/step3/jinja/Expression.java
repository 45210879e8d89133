package io.step3.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What has a value. */
sealed interface Expression {

    record Constant(Object value) implements Expression {}

    record Name(String name) implements Expression {}

    record TupleOf(List<Expression> items) implements Expression {}

    record ListOf(List<Expression> items) implements Expression {}

    record DictOf(List<Map.Entry<Expression, Expression>> items) implements Expression {}

    /** {@code target.name}. */
    record Attribute(Expression target, String name) implements Expression {}

    /** {@code target[index]}. */
    record Item(Expression target, Expression index) implements Expression {}

    /** {@code from:to:step} between brackets; each may be null. */
    record Slice(@Nullable Expression from, @Nullable Expression to, @Nullable Expression step)
            implements Expression {}

    record Call(Expression callee, Parameters arguments) implements Expression {}

    /** {@code target | name(arguments)}; the target of a block's filter is null. */
    record Filter(@Nullable Expression target, String name, Parameters arguments)
            implements Expression {}

    /** {@code target is name(arguments)}. */
    record Test(Expression target, String name, Parameters arguments) implements Expression {}

    record Not(Expression operand) implements Expression {}

    /** {@code -operand}, or {@code +operand}. */
    record Sign(boolean minus, Expression operand) implements Expression {}

    record Binary(String operator, Expression left, Expression right) implements Expression {}

    record And(Expression left, Expression right) implements Expression {}

    record Or(Expression left, Expression right) implements Expression {}

    /** {@code first < second <= third}. */
    record Compare(Expression first, List<Comparison> rest) implements Expression {}

    /** {@code a ~ b}. */
    record Concat(List<Expression> parts) implements Expression {}

    /** {@code yes if test else no}; no may be null. */
    record Conditional(Expression test, Expression yes, @Nullable Expression no)
            implements Expression {}

    /** One comparison of a chain. */
    record Comparison(String operator, Expression operand) {}

    /**
     * What is between the parentheses of a call.
     *
     * @param rest {@code *rest}, or null
     * @param namedRest {@code **namedRest}, or null
     */
    record Parameters(
            List<Expression> positional,
            List<Map.Entry<String, Expression>> named,
            @Nullable Expression rest,
            @Nullable Expression namedRest) {

        static final Parameters NONE = new Parameters(List.of(), List.of(), null, null);
    }
}
