package io.step3.jinja;

import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A template that was read, to be rendered any number of times by any thread. Immutable.
 *
 * <p>Values go in as String, Boolean, Long, Integer, BigInteger, Double, {@link None}, and List and
 * Map (keys: String) of these. A template sees them and nothing else: no Java object, no file.
 */
public final class Template {

    /** The largest template, in UTF-16 characters; real ones have some thousands. */
    public static final int MAX_CHARS = 1 << 18;

    private final List<Statement> body;
    private final Scopes scopes;

    private Template(List<Statement> body) {
        this.body = body;
        this.scopes = new Scopes(body);
    }

    /**
     * Reads a template.
     *
     * @throws TemplateException if it is no Jinja, uses what is left out here, or is too long
     */
    public static Template parse(String source) {
        if (source.length() > MAX_CHARS) {
            throw TemplateException.limit("it has more than " + MAX_CHARS + " characters");
        }
        return new Template(Parser.parse(source));
    }

    /**
     * Renders the template.
     *
     * @param variables what it sees, by name
     * @param now what {@code strftime_now} tells
     * @throws TemplateException if it fails, refuses, or needs more than a rendering may
     * @throws IllegalArgumentException if a variable is of another type
     */
    public String render(Map<String, ?> variables, LocalDateTime now) {
        Budget budget = new Budget();
        Map<String, Object> given = new HashMap<>(Globals.all(now));
        variables.forEach((name, value) -> given.put(name, Values.of(budget, value)));
        Context context = new Context(given);
        try {
            return new Interpreter(budget, scopes, context).render(body);
        } catch (StackOverflowError e) {
            // The caller had used up most of its stack already.
            throw TemplateException.limit("it nests too deeply");
        }
    }
}
