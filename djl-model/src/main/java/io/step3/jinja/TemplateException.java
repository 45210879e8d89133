package io.step3.jinja;

import org.jspecify.annotations.Nullable;

/** A template that cannot be read or rendered. */
public final class TemplateException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    public enum Kind {
        /** The template is no Jinja. */
        SYNTAX,
        /** It asks for something that cannot be done with the values it was given. */
        VALUE,
        /** It refuses by its own {@code raise_exception}. */
        REFUSED,
        /** It needs more work, memory or depth than it was granted. */
        LIMIT
    }

    private final Kind kind;
    private final int line;

    TemplateException(Kind kind, int line, String reason, @Nullable Throwable cause) {
        super(reason, cause);
        this.kind = kind;
        this.line = line;
    }

    TemplateException(Kind kind, String reason) {
        this(kind, 0, reason, null);
    }

    static TemplateException value(String reason) {
        return new TemplateException(Kind.VALUE, reason);
    }

    static TemplateException limit(String reason) {
        return new TemplateException(Kind.LIMIT, reason);
    }

    /** What went wrong. */
    public Kind kind() {
        return kind;
    }

    /** The line of the template, counted from 1; 0 where it is not known. */
    public int line() {
        return line;
    }

    TemplateException at(int where) {
        return line > 0 ? this : new TemplateException(kind, where, getMessage(), this);
    }
}
