package io.step3.desktop.model;

import io.step3.desktop.store.Settings;
import java.nio.file.Path;
import java.util.Optional;
import javafx.beans.property.BooleanProperty;
import javafx.beans.property.IntegerProperty;
import javafx.beans.property.ObjectProperty;
import javafx.beans.property.SimpleBooleanProperty;
import javafx.beans.property.SimpleIntegerProperty;
import javafx.beans.property.SimpleObjectProperty;

/** What the person has set; kept as soon as it changes. */
public final class SettingsViewModel {

    /** Text sizes in pixels. */
    public static final int SMALLEST_TEXT = 11;

    public static final int USUAL_TEXT = 14;
    public static final int LARGEST_TEXT = 28;

    private static final String PLACE = "window.place";

    private final Settings settings;
    private final Path dataFolder;
    private final ObjectProperty<Appearance> appearance;
    private final ObjectProperty<Language> language;
    private final ObjectProperty<ReasoningDisplay> reasoning;
    private final IntegerProperty textSize = new SimpleIntegerProperty();
    private final BooleanProperty sidebar = new SimpleBooleanProperty();

    SettingsViewModel(Settings settings, Path dataFolder) {
        this.settings = settings;
        this.dataFolder = dataFolder;
        appearance = kept("appearance", Appearance.class, Appearance.SYSTEM);
        language = kept("language", Language.class, Language.ofSystem());
        reasoning = kept("reasoning", ReasoningDisplay.class, ReasoningDisplay.WHILE_STREAMING);
        textSize.set(clamp(number("text.size", USUAL_TEXT)));
        textSize.subscribe(size -> keep("text.size", Integer.toString(size.intValue())));
        sidebar.set(!settings.get("sidebar").equals(Optional.of("false")));
        sidebar.subscribe(shown -> keep("sidebar", Boolean.toString(shown)));
    }

    private <E extends Enum<E>> ObjectProperty<E> kept(String key, Class<E> type, E usual) {
        E value = usual;
        for (E constant : type.getEnumConstants()) {
            if (settings.get(key).equals(Optional.of(constant.name()))) {
                value = constant;
            }
        }
        var property = new SimpleObjectProperty<>(value);
        property.subscribe(next -> keep(key, next.name()));
        return property;
    }

    private void keep(String key, String value) {
        if (!settings.get(key).equals(Optional.of(value))) {
            settings.put(key, value);
        }
    }

    private int number(String key, int usual) {
        try {
            return Integer.parseInt(settings.get(key).orElse(""));
        } catch (NumberFormatException e) {
            return usual;
        }
    }

    private static int clamp(int size) {
        return Math.clamp(size, SMALLEST_TEXT, LARGEST_TEXT);
    }

    /** Light, dark, or as the system is. */
    public ObjectProperty<Appearance> appearanceProperty() {
        return appearance;
    }

    /** The window's language. */
    public ObjectProperty<Language> languageProperty() {
        return language;
    }

    /** When thoughts are shown. */
    public ObjectProperty<ReasoningDisplay> reasoningProperty() {
        return reasoning;
    }

    /** Text size in pixels. */
    public IntegerProperty textSizeProperty() {
        return textSize;
    }

    /** Whether the list of conversations is shown. */
    public BooleanProperty sidebarProperty() {
        return sidebar;
    }

    /** Makes the text larger or smaller. */
    public void changeTextSize(int by) {
        textSize.set(clamp(textSize.get() + by));
    }

    /** Where everything is kept. */
    public Path dataFolder() {
        return dataFolder;
    }

    /** What the program could not do, without a word of what was said. */
    public Path logFile() {
        return dataFolder.resolve("step3.log");
    }

    /** Where the window was last. */
    public Optional<WindowPlace> windowPlace() {
        return settings.get(PLACE).flatMap(WindowPlace::parse);
    }

    /** Remembers where the window is. */
    public void keepWindowPlace(WindowPlace place) {
        keep(PLACE, place.toString());
    }
}
