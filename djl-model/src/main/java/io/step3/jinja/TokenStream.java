package io.step3.jinja;

import io.step3.jinja.Token.Kind;
import java.util.List;

/** Tokens, read one after the other. */
final class TokenStream {

    /** Nested brackets and blocks; Python's Jinja ends before. */
    private static final int MAX_DEPTH = 100;

    private final List<Token> tokens;
    private int at;
    private int depth;

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token current() {
        return tokens.get(at);
    }

    Token following() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    Token next() {
        Token token = current();
        if (!token.is(Kind.END)) {
            at++;
        }
        return token;
    }

    int line() {
        return current().line();
    }

    boolean skipName(String name) {
        boolean there = current().isName(name);
        if (there) {
            next();
        }
        return there;
    }

    boolean skipOperator(String operator) {
        boolean there = current().isOperator(operator);
        if (there) {
            next();
        }
        return there;
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw unexpected("'" + operator + "'");
        }
    }

    void expectName(String name) {
        if (!skipName(name)) {
            throw unexpected("'" + name + "'");
        }
    }

    String expectName() {
        return expect(Kind.NAME, "a name").text();
    }

    Token expect(Kind kind, String what) {
        if (!current().is(kind)) {
            throw unexpected(what);
        }
        return next();
    }

    void enter() {
        if (++depth > MAX_DEPTH) {
            throw syntax("it nests too deeply");
        }
    }

    void leave() {
        depth--;
    }

    TemplateException unexpected(String expected) {
        return syntax(expected + " is expected, not " + quoted());
    }

    private String quoted() {
        Token token = current();
        boolean plain =
                token.is(Kind.END)
                        || token.is(Kind.DATA)
                        || token.is(Kind.STRING)
                        || token.number() != null;
        return plain ? token.describe() : "'" + token.describe() + "'";
    }

    TemplateException syntax(String reason) {
        return new TemplateException(TemplateException.Kind.SYNTAX, line(), reason, null);
    }
}
