package io.step3.djl;

import ai.djl.repository.Artifact;
import ai.djl.repository.SimpleRepository;
import ai.djl.util.Progress;
import io.step3.generate.Step3;
import io.step3.model.ModelOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;

/** A folder that holds a Step3 checkpoint: it brings engine and translators with it. */
final class Step3Folder extends SimpleRepository {

    Step3Folder(String name, URI location, Path path) {
        super(name, location, path);
        arguments.putIfAbsent("engine", Step3Engine.NAME);
        arguments.putIfAbsent("translatorFactory", Step3TranslatorFactory.class.getName());
    }

    /**
     * Checks the whole checkpoint, which is where the time of loading goes: headers, shapes, types
     * and scales of every layer. DJL shows progress only to this step; what the load that follows
     * reads again is then in the system's cache.
     */
    @Override
    public void prepare(Artifact artifact, Progress progress) throws IOException {
        if (progress != null) {
            Step3.load(getCacheDirectory(), ModelOptions.DEFAULT, BundledLoader.moving(progress))
                    .close();
        }
    }
}
