package io.step3.training;

import io.step3.ops.E4m3;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads the weights of a checkpoint into the training's flat vector; block fp8 is multiplied out.
 */
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
            float[] all =
                    values.computeIfAbsent(
                            part.name(), name -> values(tensor, tensors.get(name + "_scale_inv")));
            int from = Math.max(part.expert(), 0) * size;
            if (from + size > all.length || (part.expert() < 0 && size != all.length)) {
                throw new IOException(
                        part.name() + " has " + all.length + " values, not as configured");
            }
            System.arraycopy(all, from, flat, (int) part.offset(), size);
        }
        return flat;
    }

    private static float[] values(Safetensors.Tensor tensor, Safetensors.Tensor scales) {
        if (scales == null) {
            return tensor.floats();
        }
        float[] scale = scales.floats();
        int experts = (int) tensor.shape()[0];
        int rows = (int) tensor.shape()[1];
        int columns = (int) tensor.shape()[2];
        int down = Math.ceilDiv(rows, StoredPrecision.BLOCK);
        int across = Math.ceilDiv(columns, StoredPrecision.BLOCK);
        var values = new float[experts * rows * columns];
        for (int i = 0; i < values.length; i++) {
            int row = i / columns % rows;
            int block = i / (rows * columns) * down + row / StoredPrecision.BLOCK;
            int at = block * across + i % columns / StoredPrecision.BLOCK;
            values[i] = E4m3.decode(tensor.bytes()[i]) * scale[at];
        }
        return values;
    }
}
