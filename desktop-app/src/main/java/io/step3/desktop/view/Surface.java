package io.step3.desktop.view;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import javafx.scene.image.Image;

/** What the window needs of the world around it; tests and headless platforms have their own. */
public interface Surface {

    /** Has the person choose picture files. */
    List<Path> choosePictures(String title, String filter);

    /** Has the person choose a folder. */
    Optional<Path> chooseFolder(String title);

    /**
     * Has the person choose a file to read.
     *
     * @param extension without dot
     */
    Optional<Path> chooseFile(String title, String extension);

    /** Has the person choose a file to write. */
    Optional<Path> chooseTarget(String title, String name, String extension);

    /** Opens a link in the person's browser. */
    void browse(String link);

    /**
     * Has the person cut a region out of the screen.
     *
     * @param hint what to do, shown over the screen
     * @param taken gets the picture; is not called if the person thinks better of it
     * @param failed is called if the screen may not be read
     */
    void cutRegion(String hint, Consumer<Image> taken, Runnable failed);

    /** Brings the window to the front. */
    void toFront();

    /** Ends the program. */
    void quit();
}
