package io.step3.desktop.view;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import javafx.application.HostServices;
import javafx.scene.image.Image;
import javafx.stage.DirectoryChooser;
import javafx.stage.FileChooser;
import javafx.stage.Screen;
import javafx.stage.Stage;

/** The real world: the system's choosers, browser and screen. */
public final class StageSurface implements Surface {

    private static final List<String> PICTURES =
            List.of("*.png", "*.jpg", "*.jpeg", "*.gif", "*.bmp", "*.webp");

    private final Stage stage;
    private final HostServices host;
    private final Runnable quit;

    public StageSurface(Stage stage, HostServices host, Runnable quit) {
        this.stage = stage;
        this.host = host;
        this.quit = quit;
    }

    @Override
    public List<Path> choosePictures(String title, String filter) {
        FileChooser chooser = new FileChooser();
        chooser.setTitle(title);
        chooser.getExtensionFilters().add(new FileChooser.ExtensionFilter(filter, PICTURES));
        List<File> files = chooser.showOpenMultipleDialog(stage);
        return files == null ? List.of() : files.stream().map(File::toPath).toList();
    }

    @Override
    public Optional<Path> chooseFolder(String title) {
        DirectoryChooser chooser = new DirectoryChooser();
        chooser.setTitle(title);
        return Optional.ofNullable(chooser.showDialog(stage)).map(File::toPath);
    }

    private static FileChooser files(String title, String extension) {
        FileChooser chooser = new FileChooser();
        chooser.setTitle(title);
        chooser.getExtensionFilters()
                .add(new FileChooser.ExtensionFilter("*." + extension, "*." + extension));
        return chooser;
    }

    @Override
    public Optional<Path> chooseFile(String title, String extension) {
        return Optional.ofNullable(files(title, extension).showOpenDialog(stage)).map(File::toPath);
    }

    @Override
    public Optional<Path> chooseTarget(String title, String name, String extension) {
        FileChooser chooser = files(title, extension);
        chooser.setInitialFileName(name);
        return Optional.ofNullable(chooser.showSaveDialog(stage)).map(File::toPath);
    }

    @Override
    public void browse(String link) {
        host.showDocument(link);
    }

    @Override
    public void cutRegion(String hint, Consumer<Image> taken, Runnable failed) {
        RegionPicker.show(stage, screenOfStage(), hint, taken, failed);
    }

    private Screen screenOfStage() {
        return Screen.getScreensForRectangle(
                        stage.getX(), stage.getY(), stage.getWidth(), stage.getHeight())
                .stream()
                .findFirst()
                .orElse(Screen.getPrimary());
    }

    @Override
    public void toFront() {
        stage.setIconified(false);
        stage.show();
        stage.toFront();
        stage.requestFocus();
    }

    @Override
    public void quit() {
        quit.run();
    }
}
