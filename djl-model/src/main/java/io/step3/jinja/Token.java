package io.step3.jinja;

import org.jspecify.annotations.Nullable;

/**
 * A piece of a template.
 *
 * @param text a name, an operator or text of the template; what a string means
 * @param number of an INTEGER or FLOAT, else null
 * @param line counted from 1
 */
record Token(Kind kind, String text, @Nullable Object number, int line) {

    enum Kind {
        DATA,
        VARIABLE_BEGIN,
        VARIABLE_END,
        BLOCK_BEGIN,
        BLOCK_END,
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END
    }

    boolean is(Kind other) {
        return kind == other;
    }

    boolean isName(String name) {
        return kind == Kind.NAME && text.equals(name);
    }

    boolean isOperator(String operator) {
        return kind == Kind.OPERATOR && text.equals(operator);
    }

    String describe() {
        return switch (kind) {
            case DATA -> "text";
            case VARIABLE_BEGIN -> "{{";
            case VARIABLE_END -> "}}";
            case BLOCK_BEGIN -> "{%";
            case BLOCK_END -> "%}";
            case STRING -> "a string";
            case INTEGER, FLOAT -> "a number";
            case NAME, OPERATOR -> text;
            case END -> "the end of the template";
        };
    }
}
