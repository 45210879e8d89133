package io.step3.desktop.app;

import java.util.Arrays;
import javafx.application.Application;

/** Starts the window. Not itself an Application, so that JavaFX may lie on the class path. */
public final class Main {

    private Main() {}

    /** See {@code --help}. */
    public static void main(String[] args) {
        if (Arrays.asList(args).contains("--help")) {
            System.out.print(Arguments.USAGE);
            return;
        }
        try {
            Arguments.parse(Arrays.asList(args));
        } catch (IllegalArgumentException e) {
            System.err.println("step3: " + e.getMessage());
            System.exit(2);
        }
        // AWT draws formulas and reads pictures, and needs no screen for it.
        System.setProperty("java.awt.headless", "true");
        Application.launch(DesktopApp.class, args);
    }
}
