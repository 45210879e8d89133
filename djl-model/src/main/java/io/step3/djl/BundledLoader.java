package io.step3.djl;

import ai.djl.Application;
import ai.djl.MalformedModelException;
import ai.djl.repository.MRL;
import ai.djl.repository.Repository;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelLoader;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorFactory;
import ai.djl.util.Progress;
import io.step3.checkpoint.BundledCheckpoint;
import io.step3.checkpoint.CheckpointException;
import io.step3.model.LoadProgress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Loads Step3-Tiny from the jar. It answers only a criteria that names its group, its artifact or
 * its zoo: DJL offers a criteria that names nothing to every zoo on the class path, and nobody
 * wants to be given a chat model by accident.
 */
final class BundledLoader implements ModelLoader {

    @Override
    public String getGroupId() {
        return Step3Zoo.GROUP_ID;
    }

    @Override
    public String getArtifactId() {
        return BundledCheckpoint.NAME;
    }

    @Override
    public Application getApplication() {
        return Application.UNDEFINED;
    }

    @Override
    public MRL getMrl() {
        Path place = Path.of(BundledCheckpoint.NAME);
        return MRL.undefined(
                Repository.newInstance(Step3Zoo.GROUP_ID, place),
                Step3Zoo.GROUP_ID,
                BundledCheckpoint.NAME);
    }

    @Override
    public <I, O> ZooModel<I, O> loadModel(Criteria<I, O> criteria)
            throws IOException, ModelNotFoundException, MalformedModelException {
        if (!isNamed(criteria)) {
            throw new ModelNotFoundException(
                    "the criteria does not name %s:%s"
                            .formatted(Step3Zoo.GROUP_ID, BundledCheckpoint.NAME));
        }
        TranslatorFactory factory =
                criteria.getTranslatorFactory() != null
                        ? criteria.getTranslatorFactory()
                        : new Step3TranslatorFactory();
        if (!factory.isSupported(criteria.getInputClass(), criteria.getOutputClass())) {
            throw new ModelNotFoundException(
                    "Step3 has no translator for (%s, %s)"
                            .formatted(
                                    criteria.getInputClass().getSimpleName(),
                                    criteria.getOutputClass().getSimpleName()));
        }
        Path folder = folder();
        var model =
                (Step3DjlModel)
                        new Step3EngineProvider()
                                .getEngine()
                                .newModel(BundledCheckpoint.NAME, criteria.getDevice());
        try {
            model.load(folder, criteria.getOptions(), moving(criteria.getProgress()));
            Translator<I, O> translator =
                    factory.newInstance(
                            criteria.getInputClass(), criteria.getOutputClass(), model, Map.of());
            return new ZooModel<>(model, translator);
        } catch (TranslateException e) {
            model.close();
            throw new ModelNotFoundException(e.getMessage(), e);
        } catch (IOException | MalformedModelException | RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private static Path folder() throws IOException, ModelNotFoundException {
        try {
            return BundledCheckpoint.folder()
                    .orElseThrow(
                            () ->
                                    new ModelNotFoundException(
                                            "this build does not contain Step3-Tiny: load a folder with optModelPath"));
        } catch (CheckpointException e) {
            throw new IOException(e.getMessage(), e); // the cache cannot be written
        }
    }

    private static boolean isNamed(Criteria<?, ?> criteria) {
        return Step3Zoo.GROUP_ID.equals(criteria.getGroupId())
                || BundledCheckpoint.NAME.equals(criteria.getArtifactId())
                || criteria.getModelZoo() instanceof Step3Zoo;
    }

    /** DJL's progress, moved by the layers of a checkpoint. */
    static LoadProgress moving(Progress progress) {
        if (progress == null) {
            return LoadProgress.NONE;
        }
        return (done, total) -> {
            if (done == 0) {
                progress.reset("Loading", total);
            }
            progress.update(done);
            if (done == total) {
                progress.end();
            }
        };
    }

    /** There is nothing to download: the model lies in the jar. */
    @Override
    public <I, O> boolean isDownloaded(Criteria<I, O> criteria) {
        return true;
    }

    @Override
    public <I, O> void downloadModel(Criteria<I, O> criteria, Progress progress) {}
}
