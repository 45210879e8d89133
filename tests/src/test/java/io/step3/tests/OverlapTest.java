package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.checkpoint.Checkpoint;
import io.step3.model.Backends;
import io.step3.model.ForwardObserver;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import io.step3.model.PlacementRequest;
import io.step3.model.Sequence;
import io.step3.model.Span;
import io.step3.model.Step3Model;
import io.step3.ops.Backend;
import io.step3.ops.BackendLoader;
import io.step3.ops.Stream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a device has been asked for, and can do, while the processor computes experts. */
class OverlapTest {

    private static final int MOE_LAYERS = 3;

    private final BackendLoader.Choice choice = BackendLoader.load();
    private final DistantBackend device = new DistantBackend(Long.MAX_VALUE);

    /** At each call of the processor's experts, what the device had still to do. */
    private final List<List<String>> beside = new ArrayList<>();

    @AfterEach
    void close() {
        device.close();
        choice.close();
    }

    private Backend watched() {
        return (Backend)
                watch(
                        Backend.class,
                        choice.backend(),
                        result ->
                                result instanceof Stream stream
                                        ? watch(Stream.class, stream, same -> same)
                                        : result);
    }

    private Object watch(Class<?> type, Object inner, UnaryOperator<Object> results) {
        return Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (_, method, arguments) -> {
                    if (method.getName().equals("experts")) {
                        beside.add(device.waiting());
                    }
                    method.setAccessible(true);
                    try {
                        return results.apply(method.invoke(inner, arguments));
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private void write(int sequences) {
        try (Checkpoint checkpoint = Checkpoint.open(Golden.checkpoint("b"));
                Step3Model model =
                        new Step3Model(
                                checkpoint,
                                new Backends(watched(), device),
                                ((PlacementRequest.Given) PlacementRequest.parse("gpu,routed=cpu"))
                                        .of(checkpoint.config().text()),
                                ModelOptions.DEFAULT.withContextLength(16),
                                LoadProgress.NONE)) {
            List<Span> spans = new ArrayList<>();
            for (int i = 0; i < sequences; i++) {
                Sequence sequence = model.newSequence();
                float[] logits = new float[model.vocabulary()];
                spans.add(sequence.next(5 + i, logits, ForwardObserver.NONE));
            }
            model.step(spans);
        }
    }

    @Test
    void theSharedExpertIsComputedBesideTheRoutedOnes() {
        write(1);
        assertEquals(MOE_LAYERS, beside.size());
        for (List<String> waiting : beside) {
            assertTrue(waiting.contains("siluMultiply"), waiting.toString());
            assertFalse(waiting.contains("attention"), waiting.toString());
        }
    }

    @Test
    void attentionOfOneHalfIsComputedBesideTheExpertsOfTheOther() {
        for (int sequences : new int[] {2, 3, 4}) {
            beside.clear();
            write(sequences);
            assertEquals(2 * MOE_LAYERS, beside.size());
            for (List<String> waiting : beside) {
                assertTrue(waiting.contains("siluMultiply"), waiting.toString());
                assertTrue(waiting.contains("attention"), waiting.toString());
            }
        }
    }

    /** Many would read the same experts twice. */
    @Test
    void manySequencesAreNotHalved() {
        write(5);
        assertEquals(MOE_LAYERS, beside.size());
    }
}
