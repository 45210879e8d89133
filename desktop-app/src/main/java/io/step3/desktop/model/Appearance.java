package io.step3.desktop.model;

/** Which colours the window has. */
public enum Appearance {
    SYSTEM,
    LIGHT,
    DARK
}
