package io.step3.chat;

/**
 * DJL tells its makers that it is used: the first time it hands out an engine or a tokenizer it
 * asks a cloud's metadata address who this machine is, which takes seconds where nobody answers.
 */
public final class DjlTracking {

    private static final String SETTING = "OPT_OUT_TRACKING";

    private DjlTracking() {}

    /**
     * Switches that off, unless the environment variable or system property {@code
     * OPT_OUT_TRACKING} says anything: who wants to be counted sets it to {@code false}.
     */
    public static void optOut() {
        if (System.getenv(SETTING) == null && System.getProperty(SETTING) == null) {
            System.setProperty(SETTING, "true");
        }
    }
}
