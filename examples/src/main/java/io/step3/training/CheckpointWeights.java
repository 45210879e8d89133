package io.step3.training;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Reads the weights of a bfloat16 or float32 checkpoint into the training's flat vector. */
final class CheckpointWeights {

    private CheckpointWeights() {}

    static float[] read(Path folder, Parameters parameters) throws IOException {
        Map<String, Safetensors.Tensor> tensors = new HashMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.safetensors")) {
            for (Path file : files) {
                tensors.putAll(Safetensors.read(file).tensors());
            }
        }
        Map<String, float[]> values = new HashMap<>();
        var flat = new float[Math.toIntExact(parameters.size())];
        for (Parameters.Part part : parameters.parts()) {
            Safetensors.Tensor tensor = tensors.get(part.name());
            if (tensor == null) {
                throw new IOException("No tensor " + part.name() + " in " + folder);
            }
            int size = Math.toIntExact(part.shape().size());
            float[] all = values.computeIfAbsent(part.name(), name -> tensor.floats());
            int from = Math.max(part.expert(), 0) * size;
            if (from + size > all.length || (part.expert() < 0 && size != all.length)) {
                throw new IOException(
                        part.name() + " has " + all.length + " values, not as configured");
            }
            System.arraycopy(all, from, flat, (int) part.offset(), size);
        }
        return flat;
    }
}
