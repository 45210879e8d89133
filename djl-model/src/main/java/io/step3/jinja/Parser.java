package io.step3.jinja;

import io.step3.jinja.Statement.Branch;
import io.step3.jinja.Statement.Signature;
import io.step3.jinja.Statement.Target;
import io.step3.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads statements. */
final class Parser {

    private final TokenStream tokens;
    private final ExpressionParser expressions;
    private final Set<String> blocks = new HashSet<>();

    private Parser(TokenStream tokens) {
        this.tokens = tokens;
        this.expressions = new ExpressionParser(tokens);
    }

    static List<Statement> parse(String template) {
        Parser parser = new Parser(new TokenStream(Lexer.tokens(template)));
        return parser.statements("", false, Set.of());
    }

    /**
     * Statements up to a tag that ends them, which becomes the current token.
     *
     * @param opener the tag that they belong to, for messages
     * @param inLoop whether {@code break} is allowed
     */
    private List<Statement> statements(String opener, boolean inLoop, Set<String> ends) {
        tokens.enter();
        int line = tokens.line();
        List<Statement> body = new ArrayList<>();
        while (true) {
            Token token = tokens.next();
            switch (token.kind()) {
                case DATA -> body.add(new Statement.Text(token.text(), token.line()));
                case VARIABLE_BEGIN -> {
                    Expression value = expressions.tuple(true, null);
                    tokens.expect(Kind.VARIABLE_END, "'}}'");
                    body.add(new Statement.Output(List.of(value), token.line()));
                }
                case BLOCK_BEGIN -> {
                    if (tokens.current().is(Kind.NAME) && ends.contains(tokens.current().text())) {
                        tokens.leave();
                        return body;
                    }
                    body.add(statement(inLoop));
                    tokens.expect(Kind.BLOCK_END, "'%}'");
                }
                default -> {
                    if (!ends.isEmpty()) {
                        throw new TemplateException(
                                TemplateException.Kind.SYNTAX,
                                line,
                                "'" + opener + "' is not closed",
                                null);
                    }
                    tokens.leave();
                    return body;
                }
            }
        }
    }

    /** The body of a tag up to its end, which is skipped. */
    private List<Statement> body(String opener, boolean inLoop) {
        openBody();
        List<Statement> body = statements(opener, inLoop, Set.of("end" + opener));
        tokens.next();
        return body;
    }

    private void openBody() {
        tokens.skipOperator(":");
        tokens.expect(Kind.BLOCK_END, "'%}'");
    }

    private Statement statement(boolean inLoop) {
        int line = tokens.line();
        String tag = tokens.expect(Kind.NAME, "the name of a tag").text();
        return switch (tag) {
            case "if" -> parseIf(line, inLoop);
            case "for" -> parseFor(line, inLoop);
            case "set" -> parseSet(line);
            case "macro" -> {
                String name = tokens.expectName();
                Signature signature = signature();
                yield new Statement.Define(name, signature, body("macro", false), line);
            }
            case "call" -> parseCall(line);
            case "filter" ->
                    new Statement.FilterBlock(
                            expressions.blockFilters(), body("filter", inLoop), line);
            case "with" -> parseWith(line, inLoop);
            case "print" -> parsePrint(line);
            case "autoescape" ->
                    new Statement.Autoescape(
                            expressions.expression(), body("autoescape", inLoop), line);
            case "generation" -> new Statement.Generation(body("generation", false), line);
            case "block" -> parseBlock(line);
            case "break", "continue" -> {
                if (!inLoop) {
                    throw tokens.syntax("'" + tag + "' stands outside of a loop");
                }
                yield tag.equals("break")
                        ? new Statement.Break(line)
                        : new Statement.Continue(line);
            }
            case "include", "import", "from", "extends" ->
                    throw tokens.syntax(
                            "'" + tag + "' asks for another file, and a chat template is one file");
            default -> throw tokens.syntax("the tag '" + tag + "' is unknown here");
        };
    }

    private Statement parseIf(int line, boolean inLoop) {
        List<Branch> branches = new ArrayList<>();
        Expression test = expressions.tuple(false, null);
        while (true) {
            openBody();
            Set<String> ends = test == null ? Set.of("endif") : Set.of("elif", "else", "endif");
            branches.add(new Branch(test, statements("if", inLoop, ends)));
            switch (tokens.next().text()) {
                case "elif" -> test = expressions.tuple(false, null);
                case "else" -> test = null;
                default -> {
                    return new Statement.If(branches, line);
                }
            }
        }
    }

    private Statement parseFor(int line, boolean inLoop) {
        Target target = target("in", false);
        if (assigns(target, "loop")) {
            throw tokens.syntax("'loop' is what a loop is called inside: name its items otherwise");
        }
        tokens.expectName("in");
        Expression items = expressions.tuple(false, "recursive");
        Expression test = tokens.skipName("if") ? expressions.expression() : null;
        boolean recursive = tokens.skipName("recursive");
        openBody();
        List<Statement> body = statements("for", true, Set.of("else", "endfor"));
        List<Statement> otherwise = List.of();
        if (tokens.next().text().equals("else")) {
            openBody();
            otherwise = statements("for", inLoop, Set.of("endfor"));
            tokens.next();
        }
        return new Statement.For(target, items, test, recursive, body, otherwise, line);
    }

    private static boolean assigns(Target target, String name) {
        return switch (target) {
            case Target.Variable variable -> variable.name().equals(name);
            case Target.Attribute attribute -> false;
            case Target.Several several ->
                    several.targets().stream().anyMatch(one -> assigns(one, name));
        };
    }

    private Statement parseSet(int line) {
        Target target = target(null, true);
        if (tokens.skipOperator("=")) {
            return new Statement.Set(target, expressions.tuple(true, null), line);
        }
        Expression filter = tokens.skipOperator("|") ? expressions.blockFilters() : null;
        return new Statement.SetBlock(target, filter, body("set", false), line);
    }

    private Statement parseCall(int line) {
        Signature signature = tokens.current().isOperator("(") ? signature() : Signature.EMPTY;
        if (!(expressions.expression() instanceof Expression.Call call)) {
            throw tokens.syntax("'call' needs the call of a macro");
        }
        return new Statement.CallBlock(call, signature, body("call", false), line);
    }

    private Statement parseWith(int line, boolean inLoop) {
        List<Target> targets = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!tokens.current().is(Kind.BLOCK_END)) {
            if (!targets.isEmpty()) {
                tokens.expectOperator(",");
            }
            targets.add(target(null, false));
            tokens.expectOperator("=");
            values.add(expressions.expression());
        }
        return new Statement.With(targets, values, body("with", inLoop), line);
    }

    private Statement parsePrint(int line) {
        List<Expression> values = new ArrayList<>();
        while (!tokens.current().is(Kind.BLOCK_END)) {
            if (!values.isEmpty()) {
                tokens.expectOperator(",");
            }
            values.add(expressions.expression());
        }
        return new Statement.Output(values, line);
    }

    private Statement parseBlock(int line) {
        String name = tokens.expectName();
        boolean scoped = tokens.skipName("scoped");
        tokens.skipName("required");
        if (!blocks.add(name)) {
            throw tokens.syntax("the block '" + name + "' is there twice");
        }
        List<Statement> body = body("block", false);
        tokens.skipName(name);
        return new Statement.Block(name, scoped, body, line);
    }

    private Signature signature() {
        List<String> parameters = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        tokens.expectOperator("(");
        while (!tokens.skipOperator(")")) {
            if (!parameters.isEmpty()) {
                tokens.expectOperator(",");
            }
            parameters.add(variable(tokens.expectName()));
            if (tokens.skipOperator("=")) {
                defaults.add(expressions.expression());
            } else if (!defaults.isEmpty()) {
                throw tokens.syntax("a parameter without a default follows one with a default");
            }
        }
        return new Signature(parameters, defaults);
    }

    private Target target(@Nullable String end, boolean attributes) {
        List<Target> targets = new ArrayList<>();
        boolean several = false;
        while (!endsTarget(end)) {
            targets.add(singleTarget(attributes));
            if (!tokens.skipOperator(",")) {
                break;
            }
            several = true;
        }
        if (targets.isEmpty()) {
            throw tokens.unexpected("a name");
        }
        return several ? new Target.Several(targets) : targets.getFirst();
    }

    private boolean endsTarget(@Nullable String end) {
        Token token = tokens.current();
        return token.is(Kind.BLOCK_END)
                || token.isOperator(")")
                || token.isOperator("=")
                || end != null && token.isName(end);
    }

    private Target singleTarget(boolean attributes) {
        if (tokens.skipOperator("(")) {
            tokens.enter();
            Target inner = target(null, attributes);
            tokens.expectOperator(")");
            tokens.leave();
            return inner;
        }
        String name = tokens.expectName();
        if (attributes && tokens.skipOperator(".")) {
            return new Target.Attribute(name, tokens.expectName());
        }
        return new Target.Variable(variable(name));
    }

    private String variable(String name) {
        return switch (name) {
            case "true", "false", "none", "True", "False", "None" ->
                    throw tokens.syntax("'" + name + "' cannot be assigned to");
            default -> name;
        };
    }
}
