package io.step3.desktop.view;

import io.step3.desktop.model.Desk;
import io.step3.desktop.model.Picture;
import io.step3.desktop.model.Words;
import io.step3.desktop.render.RenderSettings;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * What the views of one window share.
 *
 * @param parser one thread for Markdown
 * @param lookAt shows what the model sees of a picture
 * @param toWriting puts the focus where the next message is written
 */
record ViewContext(
        Desk desk,
        Words words,
        RenderSettings render,
        Executor parser,
        Surface surface,
        Overlay overlay,
        Consumer<Picture> lookAt,
        Runnable toWriting) {

    void look(Picture picture) {
        lookAt.accept(picture);
    }

    void write() {
        toWriting.run();
    }
}
