package io.step3.jinja;

/**
 * What a name or attribute is that nobody defined: empty as text, false as a condition, and an
 * error in whatever else is done with it.
 *
 * @param reason what the error says
 */
record Undefined(String reason) {

    static Undefined name(String name) {
        return new Undefined("'" + name + "' is undefined");
    }

    TemplateException refuse() {
        return TemplateException.value(reason);
    }
}
