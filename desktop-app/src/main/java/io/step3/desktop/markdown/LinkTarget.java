package io.step3.desktop.markdown;

import java.util.Locale;

/** Decides which links may be links; a model's text must not lead to files or scripts. */
public final class LinkTarget {

    private static final int LONGEST = 4096;

    private LinkTarget() {}

    /** Whether a link may lead here: an absolute http or https address with a host, or mailto. */
    public static boolean allowed(String target) {
        if (target.length() > LONGEST
                || target.chars()
                        .anyMatch(c -> c <= ' ' || c == 0x7f || Character.isISOControl(c))) {
            return false;
        }
        String lower = target.toLowerCase(Locale.ROOT);
        if (lower.startsWith("mailto:")) {
            return lower.indexOf('@') > 0;
        }
        int host = lower.startsWith("https://") ? 8 : lower.startsWith("http://") ? 7 : -1;
        return host > 0 && lower.length() > host && "/?#\\".indexOf(lower.charAt(host)) < 0;
    }
}
