package io.step3.training;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/**
 * Everything a training needs to go on. The data has no state: its batches are functions of the
 * seed and the step.
 *
 * @param run what it is a state of
 * @param weights all weights
 * @param first the optimizer's first moments
 * @param second its second moments
 * @param step steps done
 * @param seconds time spent
 */
record TrainingState(
        Run run, float[] weights, float[] first, float[] second, long step, double seconds) {

    private static final int KEPT = 2;

    /** The beginning of a training, from these weights. */
    static TrainingState beginning(Run run, float[] weights) {
        return new TrainingState(
                run, weights, new float[weights.length], new float[weights.length], 0, 0);
    }

    /**
     * Writes {@code state-STEP.safetensors}, whole or not at all, and deletes all but the newest
     * two.
     */
    void save(Path folder) throws IOException {
        var tensors = new LinkedHashMap<String, Safetensors.Tensor>();
        tensors.put("weights", Safetensors.Tensor.ofFloats(weights, weights.length));
        tensors.put("first", Safetensors.Tensor.ofFloats(first, first.length));
        tensors.put("second", Safetensors.Tensor.ofFloats(second, second.length));
        var metadata = new HashMap<>(run.metadata());
        metadata.put("step", Long.toString(step));
        metadata.put("seconds", Double.toString(seconds));
        Path file = folder.resolve("state-%07d.safetensors".formatted(step));
        Safetensors.write(file, new Safetensors.Content(tensors, metadata));
        List<Path> old = files(folder);
        for (Path path : old.subList(0, Math.max(0, old.size() - KEPT))) {
            Files.delete(path);
        }
    }

    /** The newest state in a folder. */
    static Optional<TrainingState> newest(Path folder) throws IOException {
        List<Path> files = files(folder);
        return files.isEmpty() ? Optional.empty() : Optional.of(load(files.getLast()));
    }

    static TrainingState load(Path file) throws IOException {
        Safetensors.Content content = Safetensors.read(file);
        return new TrainingState(
                Run.of(content.metadata()),
                content.tensors().get("weights").floats(),
                content.tensors().get("first").floats(),
                content.tensors().get("second").floats(),
                Long.parseLong(content.metadata().get("step")),
                Double.parseDouble(content.metadata().get("seconds")));
    }

    private static List<Path> files(Path folder) throws IOException {
        var files = new ArrayList<Path>();
        try (DirectoryStream<Path> found =
                Files.newDirectoryStream(folder, "state-*.safetensors")) {
            found.forEach(files::add);
        }
        files.sort(Comparator.naturalOrder());
        return files;
    }
}
