package io.step3.desktop.view;

import atlantafx.base.theme.PrimerDark;
import atlantafx.base.theme.PrimerLight;
import io.step3.desktop.model.Appearance;
import io.step3.desktop.model.SettingsViewModel;
import javafx.application.Application;
import javafx.application.ColorScheme;
import javafx.application.Platform;
import javafx.util.Subscription;

/** The window's colours: as the person wants them, or as the system has them. */
public final class Themes {

    private static final String LIGHT = new PrimerLight().getUserAgentStylesheet();
    private static final String DARK = new PrimerDark().getUserAgentStylesheet();

    private Themes() {}

    /** Sets them now, and whenever the setting or the system changes. */
    public static Subscription follow(SettingsViewModel settings) {
        Runnable apply = () -> apply(settings.appearanceProperty().get());
        return settings.appearanceProperty()
                .subscribe(_ -> apply.run())
                .and(Platform.getPreferences().colorSchemeProperty().subscribe(_ -> apply.run()));
    }

    private static void apply(Appearance appearance) {
        boolean dark =
                switch (appearance) {
                    case LIGHT -> false;
                    case DARK -> true;
                    case SYSTEM -> Platform.getPreferences().getColorScheme() == ColorScheme.DARK;
                };
        Application.setUserAgentStylesheet(dark ? DARK : LIGHT);
    }
}
