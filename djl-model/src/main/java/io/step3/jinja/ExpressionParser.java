package io.step3.jinja;

import io.step3.jinja.Expression.Comparison;
import io.step3.jinja.Expression.Parameters;
import io.step3.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads expressions: one method for each level of precedence, the loosest first. */
final class ExpressionParser {

    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

    /** Operators in a row, each of which is one level deeper in the tree. */
    private static final int MAX_CHAIN = 250;

    private final TokenStream tokens;

    ExpressionParser(TokenStream tokens) {
        this.tokens = tokens;
    }

    Expression expression() {
        tokens.enter();
        Expression yes = or();
        for (int chain = 0; tokens.skipName("if"); chain = deeper(chain)) {
            Expression test = or();
            Expression no = tokens.skipName("else") ? expression() : null;
            yes = new Expression.Conditional(test, yes, no);
        }
        tokens.leave();
        return yes;
    }

    /** An expression, or several with commas as a tuple; {@code end} is a name that ends it. */
    Expression tuple(boolean conditional, @Nullable String end) {
        return tuple(conditional, end, false);
    }

    private Expression tuple(boolean conditional, @Nullable String end, boolean mayBeEmpty) {
        List<Expression> items = new ArrayList<>();
        boolean isTuple = false;
        while (!endsTuple(end)) {
            items.add(conditional ? expression() : or());
            if (!tokens.skipOperator(",")) {
                break;
            }
            isTuple = true;
        }
        if (isTuple || items.isEmpty() && mayBeEmpty) {
            return new Expression.TupleOf(items);
        }
        if (items.isEmpty()) {
            throw tokens.unexpected("an expression");
        }
        return items.getFirst();
    }

    private boolean endsTuple(@Nullable String end) {
        Token token = tokens.current();
        return token.is(Kind.VARIABLE_END)
                || token.is(Kind.BLOCK_END)
                || token.isOperator(")")
                || end != null && token.isName(end);
    }

    private int deeper(int chain) {
        if (chain >= MAX_CHAIN) {
            throw tokens.syntax("it nests too deeply");
        }
        return chain + 1;
    }

    private Expression or() {
        Expression left = and();
        for (int chain = 0; tokens.skipName("or"); chain = deeper(chain)) {
            left = new Expression.Or(left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        for (int chain = 0; tokens.skipName("and"); chain = deeper(chain)) {
            left = new Expression.And(left, not());
        }
        return left;
    }

    private Expression not() {
        if (!tokens.skipName("not")) {
            return compare();
        }
        tokens.enter();
        Expression not = new Expression.Not(not());
        tokens.leave();
        return not;
    }

    private Expression compare() {
        Expression first = sum();
        List<Comparison> rest = new ArrayList<>();
        while (true) {
            Token token = tokens.current();
            if (token.is(Kind.OPERATOR) && COMPARISONS.contains(token.text())) {
                tokens.next();
                rest.add(new Comparison(token.text(), sum()));
            } else if (tokens.skipName("in")) {
                rest.add(new Comparison("in", sum()));
            } else if (token.isName("not") && tokens.following().isName("in")) {
                tokens.next();
                tokens.next();
                rest.add(new Comparison("not in", sum()));
            } else {
                return rest.isEmpty() ? first : new Expression.Compare(first, rest);
            }
        }
    }

    private Expression sum() {
        Expression left = concat();
        for (int chain = 0; ; chain = deeper(chain)) {
            if (tokens.skipOperator("+")) {
                left = new Expression.Binary("+", left, concat());
            } else if (tokens.skipOperator("-")) {
                left = new Expression.Binary("-", left, concat());
            } else {
                return left;
            }
        }
    }

    private Expression concat() {
        List<Expression> parts = new ArrayList<>();
        do {
            parts.add(product());
        } while (tokens.skipOperator("~"));
        return parts.size() == 1 ? parts.getFirst() : new Expression.Concat(parts);
    }

    private Expression product() {
        Expression left = power();
        for (int chain = 0; ; chain = deeper(chain)) {
            Token token = tokens.current();
            boolean operator =
                    token.isOperator("*")
                            || token.isOperator("/")
                            || token.isOperator("//")
                            || token.isOperator("%");
            if (!operator) {
                return left;
            }
            tokens.next();
            left = new Expression.Binary(token.text(), left, power());
        }
    }

    private Expression power() {
        Expression left = unary(true);
        for (int chain = 0; tokens.skipOperator("**"); chain = deeper(chain)) {
            left = new Expression.Binary("**", left, unary(true));
        }
        return left;
    }

    private Expression unary(boolean filters) {
        tokens.enter();
        Expression operand;
        if (tokens.skipOperator("-")) {
            operand = new Expression.Sign(true, unary(false));
        } else if (tokens.skipOperator("+")) {
            operand = new Expression.Sign(false, unary(false));
        } else {
            operand = primary();
        }
        operand = postfix(operand);
        if (filters) {
            operand = filtersAndTests(operand);
        }
        tokens.leave();
        return operand;
    }

    private Expression primary() {
        Token token = tokens.current();
        switch (token.kind()) {
            case NAME -> {
                tokens.next();
                return switch (token.text()) {
                    case "true", "True" -> new Expression.Constant(true);
                    case "false", "False" -> new Expression.Constant(false);
                    case "none", "None" -> new Expression.Constant(None.NONE);
                    default -> new Expression.Name(token.text());
                };
            }
            case STRING -> {
                StringBuilder text = new StringBuilder();
                while (tokens.current().is(Kind.STRING)) {
                    text.append(tokens.next().text());
                }
                return new Expression.Constant(text.toString());
            }
            case INTEGER, FLOAT -> {
                return new Expression.Constant(tokens.next().number());
            }
            default -> {
                return bracketed();
            }
        }
    }

    private Expression bracketed() {
        if (tokens.skipOperator("(")) {
            Expression inner = tuple(true, null, true);
            tokens.expectOperator(")");
            return inner;
        }
        if (tokens.skipOperator("[")) {
            List<Expression> items = new ArrayList<>();
            while (!tokens.skipOperator("]")) {
                items.add(expression());
                if (!tokens.current().isOperator("]")) {
                    tokens.expectOperator(",");
                }
            }
            return new Expression.ListOf(items);
        }
        if (tokens.skipOperator("{")) {
            List<Map.Entry<Expression, Expression>> items = new ArrayList<>();
            while (!tokens.skipOperator("}")) {
                Expression key = expression();
                tokens.expectOperator(":");
                items.add(Map.entry(key, expression()));
                if (!tokens.current().isOperator("}")) {
                    tokens.expectOperator(",");
                }
            }
            return new Expression.DictOf(items);
        }
        throw tokens.unexpected("an expression");
    }

    private Expression postfix(Expression target) {
        Expression whole = target;
        for (int chain = 0; ; chain = deeper(chain)) {
            if (tokens.skipOperator(".")) {
                Token name = tokens.current();
                if (name.is(Kind.NAME)) {
                    whole = new Expression.Attribute(whole, name.text());
                } else if (name.is(Kind.INTEGER)) {
                    whole = new Expression.Item(whole, new Expression.Constant(name.number()));
                } else {
                    throw tokens.unexpected("a name or number");
                }
                tokens.next();
            } else if (tokens.skipOperator("[")) {
                whole = new Expression.Item(whole, subscript());
            } else if (tokens.current().isOperator("(")) {
                whole = new Expression.Call(whole, parameters());
            } else {
                return whole;
            }
        }
    }

    private Expression subscript() {
        List<Expression> indexes = new ArrayList<>();
        while (!tokens.skipOperator("]")) {
            indexes.add(sliceOrIndex());
            if (!tokens.current().isOperator("]")) {
                tokens.expectOperator(",");
            }
        }
        return indexes.size() == 1 ? indexes.getFirst() : new Expression.TupleOf(indexes);
    }

    private @Nullable Expression sliceOrIndex() {
        Expression from = tokens.current().isOperator(":") ? null : expression();
        if (!tokens.skipOperator(":")) {
            return from;
        }
        Expression to = endsSlicePart() ? null : expression();
        Expression step = null;
        if (tokens.skipOperator(":") && !endsSlicePart()) {
            step = expression();
        }
        return new Expression.Slice(from, to, step);
    }

    private boolean endsSlicePart() {
        Token token = tokens.current();
        return token.isOperator(":") || token.isOperator("]") || token.isOperator(",");
    }

    private Expression filtersAndTests(Expression target) {
        Expression whole = target;
        for (int chain = 0; ; chain = deeper(chain)) {
            if (tokens.skipOperator("|")) {
                whole = filter(whole);
            } else if (tokens.skipName("is")) {
                whole = test(whole);
            } else if (tokens.current().isOperator("(")) {
                whole = new Expression.Call(whole, parameters());
            } else {
                return whole;
            }
        }
    }

    /** One filter, its name being the next token. */
    Expression filter(@Nullable Expression target) {
        String name = dottedName();
        if (!Filters.has(name)) {
            throw tokens.syntax("there is no filter named '" + name + "'");
        }
        Parameters parameters = tokens.current().isOperator("(") ? parameters() : Parameters.NONE;
        return new Expression.Filter(target, name, parameters);
    }

    /** Filters in a row, as a block names them. */
    Expression blockFilters() {
        Expression whole = filter(null);
        for (int chain = 0; tokens.skipOperator("|"); chain = deeper(chain)) {
            whole = filter(whole);
        }
        return whole;
    }

    private String dottedName() {
        StringBuilder name = new StringBuilder(tokens.expectName());
        while (tokens.skipOperator(".")) {
            name.append('.').append(tokens.expectName());
        }
        return name.toString();
    }

    private Expression test(Expression target) {
        boolean not = tokens.skipName("not");
        String name = dottedName();
        if (!Tests.has(name)) {
            throw tokens.syntax("there is no test named '" + name + "'");
        }
        Parameters parameters = Parameters.NONE;
        if (tokens.current().isOperator("(")) {
            parameters = parameters();
        } else if (beginsOperand()) {
            if (tokens.current().isName("is")) {
                throw tokens.syntax("tests with 'is' cannot be chained");
            }
            parameters = new Parameters(List.of(postfix(primary())), List.of(), null, null);
        }
        Expression test = new Expression.Test(target, name, parameters);
        return not ? new Expression.Not(test) : test;
    }

    private boolean beginsOperand() {
        Token token = tokens.current();
        return switch (token.kind()) {
            case STRING, INTEGER, FLOAT -> true;
            case NAME -> !Set.of("else", "or", "and").contains(token.text());
            case OPERATOR -> token.isOperator("[") || token.isOperator("{");
            default -> false;
        };
    }

    private Parameters parameters() {
        tokens.expectOperator("(");
        List<Expression> positional = new ArrayList<>();
        List<Map.Entry<String, Expression>> named = new ArrayList<>();
        Expression rest = null;
        Expression namedRest = null;
        while (!tokens.skipOperator(")")) {
            Token token = tokens.current();
            if (tokens.skipOperator("*")) {
                require(rest == null && namedRest == null);
                rest = expression();
            } else if (tokens.skipOperator("**")) {
                require(namedRest == null);
                namedRest = expression();
            } else if (token.is(Kind.NAME) && tokens.following().isOperator("=")) {
                require(namedRest == null);
                tokens.next();
                tokens.next();
                named.add(Map.entry(token.text(), expression()));
            } else {
                require(rest == null && namedRest == null && named.isEmpty());
                positional.add(expression());
            }
            if (!tokens.current().isOperator(")")) {
                tokens.expectOperator(",");
            }
        }
        return new Parameters(positional, named, rest, namedRest);
    }

    private void require(boolean order) {
        if (!order) {
            throw tokens.syntax("the arguments of a call are in the wrong order");
        }
    }
}
