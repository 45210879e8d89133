package io.step3.desktop.model;

import java.text.MessageFormat;
import java.util.Locale;
import java.util.ResourceBundle;

/** All that the window says, in one language. */
public final class Words {

    private static final String BUNDLE = "io.step3.desktop.model.words";

    private final Language language;
    private final ResourceBundle bundle;

    public Words(Language language) {
        this.language = language;
        this.bundle =
                ResourceBundle.getBundle(
                        BUNDLE,
                        language.locale(),
                        ResourceBundle.Control.getNoFallbackControl(
                                ResourceBundle.Control.FORMAT_PROPERTIES));
    }

    /** How numbers and dates are written. */
    public Locale locale() {
        return language.locale();
    }

    /**
     * A text, with {0}, {1}, ... filled in.
     *
     * @throws java.util.MissingResourceException if there is no such text
     */
    public String text(String key, Object... values) {
        String pattern = bundle.getString(key);
        return values.length == 0
                ? pattern
                : new MessageFormat(pattern, language.locale()).format(values);
    }
}
