package io.step3.training;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PrimitivesCheckTest {

    @Test
    void whatStep3TinyIsMadeOfIsRightHere() {
        assertDoesNotThrow(() -> PrimitivesCheck.of(Recipe.named("tiny").network()).run());
    }

    @ParameterizedTest
    @MethodSource("primitives")
    void aWrongValueStopsTheTrainingAndNamesTheRemedy(Primitive primitive) {
        assertStops(primitive, output -> output.add(first(output, 0.1f)), "wrong values");
    }

    @ParameterizedTest
    @MethodSource("primitives")
    void soDoesANotANumber(Primitive primitive) {
        assertStops(primitive, output -> output.add(first(output, Float.NaN)), "wrong values");
    }

    @ParameterizedTest
    @MethodSource("primitives")
    void soDoesAGradientThatLacksAHundredth(Primitive primitive) {
        UnaryOperator<NDArray> sameValues =
                output -> {
                    NDArray share = output.getManager().create(0.99f);
                    NDArray rest = output.stopGradient().mul(output.getManager().create(0.01f));
                    return output.mul(share).add(rest);
                };
        assertStops(primitive, sameValues, "wrong gradient");
    }

    static List<Primitive> primitives() {
        return Primitives.of(SmallRecipe.RECIPE.network());
    }

    private static void assertStops(
            Primitive primitive, UnaryOperator<NDArray> fault, String what) {
        var wrong =
                new Primitive(
                        primitive.name(),
                        primitive.inputs(),
                        (NDList inputs) -> fault.apply(primitive.torch().apply(inputs)),
                        primitive.reference());
        var check = new PrimitivesCheck(List.of(wrong));
        String message = assertThrows(IllegalStateException.class, check::run).getMessage();
        assertTrue(
                message.contains(what)
                        && message.contains(primitive.name())
                        && message.contains("ONEDNN_MAX_CPU_ISA=AVX2"),
                message);
    }

    /** Zeros like an array, but for its first value. */
    private static NDArray first(NDArray like, float value) {
        var values = new float[Math.toIntExact(like.size())];
        values[0] = value;
        return like.getManager().create(values, like.getShape());
    }
}
