package io.step3.desktop.markdown;

/**
 * How a run of text looks.
 *
 * @param link where a click leads, or "" for none; always http, https or mailto
 */
public record Style(boolean strong, boolean emphasis, boolean strike, String link) {

    /** Neither bold nor anything else. */
    public static final Style PLAIN = new Style(false, false, false, "");

    Style withStrong() {
        return new Style(true, emphasis, strike, link);
    }

    Style withEmphasis() {
        return new Style(strong, true, strike, link);
    }

    Style withStrike() {
        return new Style(strong, emphasis, true, link);
    }

    Style withLink(String target) {
        return new Style(strong, emphasis, strike, target);
    }
}
