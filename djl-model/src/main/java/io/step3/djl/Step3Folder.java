package io.step3.djl;

import ai.djl.Model;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import ai.djl.repository.Artifact;
import ai.djl.repository.MRL;
import ai.djl.repository.Metadata;
import ai.djl.repository.SimpleRepository;
import ai.djl.util.Progress;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A folder that holds a Step3 checkpoint: it brings engine and translators with it. */
final class Step3Folder extends SimpleRepository {

    private final ProgressBearer bearer = new ProgressBearer();

    Step3Folder(String name, URI location, Path path) {
        super(name, location, path);
        arguments.putIfAbsent("engine", Step3Engine.NAME);
        arguments.putIfAbsent("translatorFactory", Step3TranslatorFactory.class.getName());
    }

    @Override
    public Metadata locate(MRL mrl) throws IOException {
        Metadata metadata = super.locate(mrl);
        for (Artifact artifact : metadata.getArtifacts()) {
            artifact.getArguments().put("blockFactory", bearer);
        }
        return metadata;
    }

    /** Keeps the progress, which DJL shows only here, for the model that is loaded next. */
    @Override
    public void prepare(Artifact artifact, Progress progress) {
        bearer.progress.set(progress);
    }

    /** DJL asks it for a block, which it has not, when it has made the model to be loaded. */
    private static final class ProgressBearer implements BlockFactory {

        private static final long serialVersionUID = 1L;

        private final transient AtomicReference<Progress> progress = new AtomicReference<>();

        @Override
        public @Nullable Block newBlock(Model model, Path folder, Map<String, ?> arguments) {
            Progress shown = progress.getAndSet(null);
            if (model instanceof Step3DjlModel step3) {
                step3.show(shown);
            }
            return null;
        }

        @Override
        public String toString() {
            return "none"; // DJL lists it among the model's properties
        }
    }
}
