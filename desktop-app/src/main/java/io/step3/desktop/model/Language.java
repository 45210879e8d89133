package io.step3.desktop.model;

import java.util.Locale;

/** The languages that the window speaks. */
public enum Language {
    ENGLISH(Locale.ENGLISH, "English"),
    CHINESE(Locale.SIMPLIFIED_CHINESE, "简体中文");

    private final Locale locale;
    private final String ownName;

    Language(Locale locale, String ownName) {
        this.locale = locale;
        this.ownName = ownName;
    }

    /** Its locale. */
    public Locale locale() {
        return locale;
    }

    /** What its speakers call it. */
    public String ownName() {
        return ownName;
    }

    /** The computer's language if the window speaks it, else English. */
    public static Language ofSystem() {
        return Locale.getDefault().getLanguage().equals("zh") ? CHINESE : ENGLISH;
    }
}
