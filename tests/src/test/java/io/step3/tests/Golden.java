package io.step3.tests;

import static org.junit.jupiter.api.Assertions.fail;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.step3.checkpoint.SafetensorsFile;
import io.step3.model.ForwardRecording;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;

/** The golden files: see {@code tests/golden/README.md}. */
final class Golden {

    static final Path ROOT = Path.of(System.getProperty("step3.golden"));

    private Golden() {}

    static Path checkpoint(String name) {
        return ROOT.resolve("checkpoints").resolve(name);
    }

    static JsonElement json(String file) {
        try {
            return JsonParser.parseString(Files.readString(ROOT.resolve(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int[] ints(JsonElement array) {
        JsonArray values = array.getAsJsonArray();
        return IntStream.range(0, values.size()).map(i -> values.get(i).getAsInt()).toArray();
    }

    /** The tensors of a golden file; kept mapped for the life of the tests. */
    static Tensors tensors(String file) {
        return new Tensors(SafetensorsFile.open(ROOT.resolve(file), Arena.ofAuto()));
    }

    /** Tensors by name, as Java arrays. */
    record Tensors(SafetensorsFile file) {

        boolean contains(String name) {
            return file.tensors().containsKey(name);
        }

        float[] floats(String name) {
            return file.tensor(name).data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
        }

        /** Of int64 or int32. */
        int[] ints(String name) {
            var tensor = file.tensor(name);
            return tensor.info().dtype().bits() == Integer.SIZE
                    ? tensor.data().toArray(ValueLayout.JAVA_INT_UNALIGNED)
                    : java.util.Arrays.stream(
                                    tensor.data().toArray(ValueLayout.JAVA_LONG_UNALIGNED))
                            .mapToInt(Math::toIntExact)
                            .toArray();
        }
    }

    /** As below, a tensor of a golden file with what was recorded under its name. */
    static void assertClose(
            String file,
            String name,
            Tensors golden,
            ForwardRecording recording,
            double tolerance) {
        float[] recorded = recording.tensor(name).toArray(ValueLayout.JAVA_FLOAT);
        assertClose(file + " " + name, golden.floats(name), recorded, tolerance);
    }

    /**
     * Compares element by element: no difference above {@code tolerance} times the largest
     * magnitude of the expected tensor.
     */
    static void assertClose(String what, float[] expected, float[] actual, double tolerance) {
        if (expected.length != actual.length) {
            fail("%s has %d numbers, not %d".formatted(what, actual.length, expected.length));
        }
        double largest = 0;
        double worst = 0;
        int where = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            double difference = Math.abs((double) expected[i] - actual[i]);
            // A NaN is worse than any number.
            if (!(difference <= worst)) {
                worst = difference;
                where = i;
            }
        }
        if (!(worst <= tolerance * largest)) {
            fail(
                    "%s differs by %g at %d (%g, not %g); allowed is %g of %g"
                            .formatted(
                                    what,
                                    worst,
                                    where,
                                    actual[where],
                                    expected[where],
                                    tolerance,
                                    largest));
        }
    }
}
