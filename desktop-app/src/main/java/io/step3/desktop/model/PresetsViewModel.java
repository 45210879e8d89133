package io.step3.desktop.model;

import io.step3.desktop.store.Preset;
import io.step3.desktop.store.Presets;
import java.nio.file.Path;
import java.util.function.Consumer;
import javafx.collections.FXCollections;
import javafx.collections.ObservableList;

/** Saved system prompts with sampling parameters. */
public final class PresetsViewModel {

    private final Presets presets;
    private final Tasks tasks;
    private final Consumer<Throwable> failed;
    private final ObservableList<Preset> list = FXCollections.observableArrayList();

    PresetsViewModel(Presets presets, Tasks tasks, Consumer<Throwable> failed) {
        this.presets = presets;
        this.tasks = tasks;
        this.failed = failed;
    }

    /** All, by name. */
    public ObservableList<Preset> list() {
        return list;
    }

    void reload() {
        tasks.then(presets.list(), list::setAll, failed);
    }

    /** Saves; a preset of that name is replaced. */
    public void save(String name, String systemPrompt, String sampling) {
        var same = list.stream().filter(preset -> preset.name().equals(name.strip())).findFirst();
        tasks.then(
                same.isPresent()
                        ? presets.update(
                                new Preset(same.get().id(), name.strip(), systemPrompt, sampling))
                        : presets.create(name.strip(), systemPrompt, sampling),
                _ -> reload(),
                failed);
    }

    /** Deletes. */
    public void delete(Preset preset) {
        tasks.then(presets.delete(preset.id()), _ -> reload(), failed);
    }

    /** Writes all to a file. */
    public void exportTo(Path file) {
        tasks.then(presets.exportTo(file), _ -> {}, failed);
    }

    /** Adds those of a file. */
    public void importFrom(Path file) {
        tasks.then(presets.importFrom(file), _ -> reload(), failed);
    }
}
