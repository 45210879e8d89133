package io.step3.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class SamplesTest {

    @Test
    void theMiddleAndTheMiddleHalfDoNotDependOnTheOrder() {
        Samples samples = Samples.of(5, 1, 4, 2, 3);
        assertEquals(3, samples.median());
        assertEquals(2, samples.low());
        assertEquals(4, samples.high());
        assertEquals(5, samples.count());
        assertEquals(1.5, Samples.of(2, 1).median());
        assertEquals(7, Samples.of(7).high());
    }

    @Test
    void whatIsNoNumberIsRefused() {
        assertThrows(IllegalArgumentException.class, Samples::of);
        assertThrows(IllegalArgumentException.class, () -> Samples.of(1, Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> Samples.of(Double.POSITIVE_INFINITY));
    }
}
