package io.step3.jinja;

import io.step3.jinja.Expression.Comparison;
import io.step3.jinja.Expression.Parameters;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Computes expressions. */
final class Evaluator {

    private final Interpreter interpreter;
    private final Budget budget;

    Evaluator(Interpreter interpreter) {
        this.interpreter = interpreter;
        this.budget = interpreter.budget();
    }

    Object value(Expression expression, Frame frame) {
        budget.spend(1);
        budget.enter();
        Object value = compute(expression, frame);
        budget.leave();
        return value;
    }

    private boolean truth(Expression expression, Frame frame) {
        return Types.truth(budget, value(expression, frame));
    }

    private Object compute(Expression expression, Frame frame) {
        return switch (expression) {
            case Expression.Constant constant -> constant.value();
            case Expression.Name name -> {
                Object value = frame.find(name.name());
                yield value != null ? value : Undefined.name(name.name());
            }
            case Expression.TupleOf tuple ->
                    Sequence.of(budget, Sequence.Kind.TUPLE, values(tuple.items(), frame));
            case Expression.ListOf list -> Sequence.list(budget, values(list.items(), frame));
            case Expression.DictOf dict -> {
                Dict.Builder items = new Dict.Builder(budget);
                for (Map.Entry<Expression, Expression> item : dict.items()) {
                    Object key = value(item.getKey(), frame);
                    items.put(key, value(item.getValue(), frame));
                }
                yield items.build();
            }
            case Expression.Attribute attribute ->
                    Attributes.attribute(
                            budget, value(attribute.target(), frame), attribute.name());
            case Expression.Item item -> {
                Object target = value(item.target(), frame);
                Object index = value(item.index(), frame);
                yield index instanceof Indexes.Slice slice
                        ? Indexes.slice(budget, target, slice)
                        : Attributes.item(budget, target, index);
            }
            case Expression.Slice slice ->
                    new Indexes.Slice(
                            bound(slice.from(), frame),
                            bound(slice.to(), frame),
                            bound(slice.step(), frame));
            case Expression.Call call -> call(call, null, frame);
            case Expression.Filter filter -> filter(filter, value(filter.target(), frame), frame);
            case Expression.Test test -> {
                Object target = value(test.target(), frame);
                yield Tests.apply(
                        interpreter, test.name(), target, arguments(test.arguments(), frame));
            }
            case Expression.Not not -> !truth(not.operand(), frame);
            case Expression.Sign sign -> Operators.sign(sign.minus(), value(sign.operand(), frame));
            case Expression.Binary binary -> {
                Object left = value(binary.left(), frame);
                yield Operators.apply(
                        budget, binary.operator(), left, value(binary.right(), frame));
            }
            case Expression.And and -> {
                Object left = value(and.left(), frame);
                yield Types.truth(budget, left) ? value(and.right(), frame) : left;
            }
            case Expression.Or or -> {
                Object left = value(or.left(), frame);
                yield Types.truth(budget, left) ? left : value(or.right(), frame);
            }
            case Expression.Compare compare -> compare(compare, frame);
            case Expression.Concat concat -> concat(values(concat.parts(), frame));
            case Expression.Conditional conditional -> {
                if (truth(conditional.test(), frame)) {
                    yield value(conditional.yes(), frame);
                }
                yield conditional.no() != null
                        ? value(conditional.no(), frame)
                        : new Undefined(
                                "the inline if-expression evaluated to false and no else section"
                                        + " was defined");
            }
        };
    }

    private Object bound(@Nullable Expression expression, Frame frame) {
        return expression == null ? None.NONE : value(expression, frame);
    }

    private List<Object> values(List<Expression> expressions, Frame frame) {
        List<Object> values = new ArrayList<>(expressions.size());
        for (Expression expression : expressions) {
            values.add(value(expression, frame));
        }
        return values;
    }

    private Object concat(List<Object> parts) {
        boolean escapes = interpreter.autoescape();
        TextBuilder out = new TextBuilder(budget);
        for (Object part : parts) {
            out.append(escapes ? Markup.escape(budget, part).text() : Repr.str(budget, part));
        }
        return interpreter.marked(out.toString());
    }

    private Object compare(Expression.Compare compare, Frame frame) {
        Object left = value(compare.first(), frame);
        for (Comparison comparison : compare.rest()) {
            Object right = value(comparison.operand(), frame);
            if (!Operators.compare(budget, comparison.operator(), left, right)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    /**
     * Calls something.
     *
     * @param caller the body of a {@code call} block, or null
     */
    Object call(Expression.Call call, @Nullable Macro caller, Frame frame) {
        Object callee = value(call.callee(), frame);
        if (callee instanceof Undefined undefined) {
            throw undefined.refuse();
        }
        Arguments arguments = arguments(call.arguments(), frame);
        if (caller != null) {
            arguments = arguments.with("caller", caller);
        }
        if (callee instanceof Callable function) {
            return function.call(budget, arguments);
        }
        throw TemplateException.value("'" + Types.name(callee) + "' object is not callable");
    }

    /** A block's filters, the innermost over a text. */
    Object filtered(@Nullable Expression filters, Object text, Frame frame) {
        if (!(filters instanceof Expression.Filter filter)) {
            return text;
        }
        return filter(filter, filtered(filter.target(), text, frame), frame);
    }

    private Object filter(Expression.Filter filter, Object target, Frame frame) {
        return Filters.apply(
                interpreter, filter.name(), target, arguments(filter.arguments(), frame));
    }

    private Arguments arguments(Parameters parameters, Frame frame) {
        if (parameters == Parameters.NONE) {
            return Arguments.NONE;
        }
        List<Object> positional = values(parameters.positional(), frame);
        Map<String, Object> named = new LinkedHashMap<>();
        for (Map.Entry<String, Expression> one : parameters.named()) {
            named.put(one.getKey(), value(one.getValue(), frame));
        }
        if (parameters.rest() != null) {
            positional.addAll(Iteration.list(budget, value(parameters.rest(), frame)));
        }
        if (parameters.namedRest() != null) {
            if (!(value(parameters.namedRest(), frame) instanceof Dict rest)) {
                throw TemplateException.value("what follows '**' in a call is no dict");
            }
            for (Dict.Item item : rest.items()) {
                if (!Types.isText(item.key())) {
                    throw TemplateException.value("keywords must be strings");
                }
                named.put(Types.text(item.key()), item.value());
            }
        }
        return new Arguments(positional, named);
    }
}
