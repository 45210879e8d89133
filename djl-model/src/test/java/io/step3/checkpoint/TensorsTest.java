package io.step3.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.step3.ops.Format;
import io.step3.ops.Weight;
import io.step3.ops.WeightType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class TensorsTest {

    @TempDir Path folder;
    private final SafetensorsWriter writer = new SafetensorsWriter();

    private TensorsTest add(String name, DType dtype, Long... shape) {
        int bytes = (int) dtype.bytes(List.of(shape));
        writer.add(name, dtype, List.of(shape), MemorySegment.ofArray(new byte[bytes]));
        return this;
    }

    private void addScales(String name, float[] scales, Long... shape) {
        writer.add(name + "_scale_inv", DType.F32, List.of(shape), MemorySegment.ofArray(scales));
    }

    private Checkpoint open(String config) throws IOException {
        TinyCheckpoint.config(folder, config);
        writer.write(folder.resolve("model.safetensors"));
        return Checkpoint.open(folder);
    }

    private Checkpoint open() throws IOException {
        return open(TinyCheckpoint.CONFIG);
    }

    private void refused(Executable action, Object... named) {
        Refusal.of(action, folder);
        Refusal.of(action, named);
    }

    @Test
    void aMissingTensorIsRefusedByName() throws IOException {
        try (var checkpoint = open()) {
            Tensors tensors = checkpoint.tensors();
            refused(() -> tensors.weight("gone.weight", 1, 2), "no tensor gone.weight");
            refused(() -> tensors.vector("gone", 1), "no tensor gone");
            refused(() -> tensors.convolution("gone", 1, 1, 1, 1), "no tensor gone");
            refused(() -> tensors.experts("gone", 1, 1, 1), "no tensor gone");
            refused(() -> tensors.tensor("gone"), "no tensor gone");
            refused(() -> tensors.info("gone"), "no tensor gone");
        }
    }

    @Test
    void anotherShapeIsRefusedWithBoth() throws IOException {
        add("m", DType.BF16, 2L, 3L).add("v", DType.F32, 3L).add("c", DType.F32, 4L, 3L, 2L, 2L);
        add("e", DType.F16, 2L, 3L, 4L);
        try (var checkpoint = open()) {
            Tensors tensors = checkpoint.tensors();
            refused(() -> tensors.weight("m", 3, 2), "tensor m", "[2, 3]", "[3, 2]");
            refused(() -> tensors.vector("m", 6), "tensor m", "[2, 3]", "[6]");
            refused(() -> tensors.weight("v", 1, 3), "tensor v", "[3]", "[1, 3]");
            refused(() -> tensors.convolution("c", 4, 2, 3, 2), "tensor c");
            refused(() -> tensors.weight("c", 4, 12), "tensor c");
            refused(() -> tensors.experts("e", 3, 2, 4), "tensor e");
            assertEquals(12, tensors.convolution("c", 4, 3, 2, 2).cols());
            assertEquals(WeightType.F16, tensors.experts("e", 2, 3, 4).format().type());
            assertEquals(WeightType.F16, tensors.experts("e", 2, 3, 4).matrix(1).format().type());
        }
    }

    @Test
    void aDtypeThatNoOperationTakesIsRefusedByName() throws IOException {
        var known = EnumSet.complementOf(EnumSet.of(DType.UNKNOWN));
        for (DType dtype : known) {
            add("t" + dtype, dtype, 2L, 4L);
        }
        add("v", DType.F8_E4M3, 3L).add("c", DType.F8_E4M3, 1L, 1L, 2L, 2L);
        try (var checkpoint = open()) {
            Tensors tensors = checkpoint.tensors();
            for (DType dtype : known) {
                switch (dtype) {
                    case F32, BF16, F16 ->
                            assertEquals(
                                    dtype.name(),
                                    tensors.weight("t" + dtype, 2, 4).format().type().name());
                    case F8_E4M3 -> {}
                    default ->
                            refused(
                                    () -> tensors.weight("t" + dtype, 2, 4),
                                    "tensor t" + dtype,
                                    "the dtype " + dtype);
                }
            }
            refused(() -> tensors.vector("v", 3), "tensor v", "F8_E4M3");
            refused(() -> tensors.convolution("c", 1, 1, 2, 2), "tensor c", "F8_E4M3");
        }
    }

    @Test
    void fp8WithoutScalesOrWithOthersIsRefused() throws IOException {
        add("lone", DType.F8_E4M3, 2L, 3L);
        add("half", DType.F8_E4M3, 2L, 3L).add("half_scale_inv", DType.BF16, 1L, 1L);
        add("many", DType.F8_E4M3, 2L, 3L).add("many_scale_inv", DType.F32, 2L, 3L);
        add("flat", DType.F8_E4M3, 2L, 2L, 3L).add("flat_scale_inv", DType.F32, 1L, 1L);
        try (var checkpoint = open()) {
            Tensors tensors = checkpoint.tensors();
            refused(() -> tensors.weight("lone", 2, 3), "tensor lone", "lone_scale_inv");
            refused(() -> tensors.weight("half", 2, 3), "tensor half_scale_inv", "BF16", "F32");
            refused(() -> tensors.weight("many", 2, 3), "many_scale_inv", "[2, 3]", "[1, 1]");
            refused(() -> tensors.experts("flat", 2, 2, 3), "flat_scale_inv", "[2, 1, 1]");
        }
    }

    @Test
    void scalesThatAreNoScalesAreRefusedByName() throws IOException {
        float[] wrong = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -1e-30f};
        for (int i = 0; i < wrong.length; i++) {
            add("t" + i, DType.F8_E4M3, 2L, 129L);
            addScales("t" + i, new float[] {1, wrong[i]}, 1L, 2L);
        }
        add("zero", DType.F8_E4M3, 2L, 129L);
        addScales("zero", new float[] {0, 1}, 1L, 2L);
        add("e", DType.F8_E4M3, 2L, 2L, 129L);
        addScales("e", new float[] {1, 1, 1, Float.NaN}, 2L, 1L, 2L);
        try (var checkpoint = open()) {
            Tensors tensors = checkpoint.tensors();
            for (int i = 0; i < wrong.length; i++) {
                String name = "t" + i;
                refused(
                        () -> tensors.weight(name, 2, 129),
                        name + "_scale_inv",
                        "scale " + wrong[i],
                        "index 1");
            }
            assertEquals(
                    2 * Float.BYTES, tensors.weight("zero", 2, 129).format().scales().byteSize());
            refused(() -> tensors.experts("e", 2, 2, 129), "e_scale_inv", "NaN", "index 3");
        }
    }

    @Test
    void blocksAreAsLargeAsTheConfigurationSays() throws IOException {
        add("e", DType.F8_E4M3, 2L, 5L, 7L);
        float[] scales = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
        addScales("e", scales, 2L, 3L, 2L);
        String config =
                "{\"model_type\":\"step3_text\",\"quantization_config\":{\"weight_block_size\":[2,4]}}";
        try (var checkpoint = open(config)) {
            Weight experts = checkpoint.tensors().experts("e", 2, 5, 7);
            Format.Blocks blocks = (Format.Blocks) experts.format();
            assertEquals(2, blocks.rows());
            assertEquals(4, blocks.cols());
            MemorySegment second = experts.matrix(1).format().scales();
            assertEquals(6, second.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0));
        }
    }
}
