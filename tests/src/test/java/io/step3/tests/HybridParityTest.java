package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.checkpoint.Checkpoint;
import io.step3.generate.Step3;
import io.step3.model.Backends;
import io.step3.model.Footprint;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import io.step3.model.Placement;
import io.step3.model.PlacementRequest;
import io.step3.model.Prompt;
import io.step3.model.Step3Model;
import io.step3.model.Where;
import io.step3.ops.Backend;
import io.step3.ops.BackendLoader;
import io.step3.ops.cuda.CudaDevice;
import io.step3.ops.cuda.CudaDriver;
import io.step3.ops.cuda.EmulatedDevice;
import io.step3.ops.gpu.EmulatedBackend;
import io.step3.ops.gpu.GpuBackend;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The CPU's own kernels and CUDA's, on the emulated device, share a network: the golden files are
 * met as by either alone. All ways to share are tried, with a quicker device, in {@link
 * PlacementParityTest}.
 */
class HybridParityTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gpu,routed=cpu",
                "gpu,routed.2=cpu,shared=cpu,head=cpu",
                "cpu,attention=gpu,dense=gpu",
                "cpu,cache=gpu,routed=gpu"
            })
    void textMeetsTheGoldenFiles(String request) {
        with(request, model -> TextParityTest.onePrompt("text/b-len7.safetensors", model));
    }

    /** Where two write at a time, they are two halves of a pass. */
    @ParameterizedTest
    @ValueSource(strings = {"gpu,routed=cpu", "gpu,routed.2=cpu,cache=cpu"})
    void promptsInCompanyWriteWhatTheyWriteAlone(String request) {
        with(
                request,
                model ->
                        CompanyParityTest.together(
                                model, "text/b-len1.safetensors", "text/b-len7.safetensors"));
    }

    private static void with(String request, Consumer<Step3Model> test) {
        try (Backend device = EmulatedBackend.open();
                BackendLoader.Choice choice = BackendLoader.load();
                Checkpoint checkpoint = Checkpoint.open(Golden.checkpoint("b"));
                var model =
                        new Step3Model(
                                checkpoint,
                                new Backends(choice.backend(), device),
                                ((PlacementRequest.Given) PlacementRequest.parse(request))
                                        .of(checkpoint.config().text()),
                                ModelOptions.DEFAULT.withPrefillChunk(64),
                                LoadProgress.NONE)) {
            test.accept(model);
        }
    }

    @Test
    void picturesMeetTheGoldenFiles() {
        var options =
                ModelOptions.DEFAULT.withPlacement(
                        PlacementRequest.parse("gpu,routed=cpu,embedding=cpu"));
        try (Backend device = EmulatedBackend.open();
                BackendLoader.Choice choice = BackendLoader.load();
                Step3 step3 =
                        Step3.load(
                                Golden.checkpoint("b"),
                                options,
                                new Backends(choice.backend(), device),
                                Long.MAX_VALUE)) {
            PictureParityTest.firstCase("b", step3);
        }
    }

    @Test
    void devicesOfAnySizeWriteTheSame() {
        Prompt prompt = Prompt.of(5, 6, 7, 8, 9);
        var options = ModelOptions.DEFAULT.withContextLength(64).withPrefillChunk(16);
        Set<Placement> seen = new LinkedHashSet<>();
        try (BackendLoader.Choice choice = BackendLoader.load()) {
            int[] expected;
            long whole;
            try (Step3 step3 = Step3.load(Golden.checkpoint("b"), options, choice.backend())) {
                expected = step3.greedy(prompt, 4);
                Checkpoint checkpoint = step3.model().checkpoint();
                Placement all = Placement.all(Where.GPU, checkpoint.config().text());
                whole = Footprint.of(checkpoint, options).at(Where.GPU, all, 64);
            }
            for (int part = 1; part < 9; part++) {
                EmulatedBackend.open().close(); // skips the test where there is none
                EmulatedDevice emulated = EmulatedDevice.fresh();
                emulated.set("MEMORY", whole * part / 7);
                CudaDevice cuda = CudaDriver.open(EmulatedDevice.library()).device(0);
                try (Backend device = new GpuBackend(cuda)) {
                    var both = new Backends(choice.backend(), device);
                    try (Step3 step3 =
                            Step3.load(Golden.checkpoint("b"), options, both, cuda.freeMemory())) {
                        Placement placement = step3.model().placement();
                        seen.add(placement);
                        int[] written = step3.greedy(prompt, 4);
                        assertArrayEquals(expected, written, placement.toString());
                    }
                }
                assertEquals(0, emulated.live("bytes"));
            }
        }
        assertTrue(seen.size() > 5, seen.toString());
    }
}
