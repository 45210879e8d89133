package io.step3.desktop.view;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.step3.desktop.model.Language;
import io.step3.desktop.model.Words;
import org.junit.jupiter.api.Test;

class QuantitiesTest {

    private static String seconds(long millis) {
        return Quantities.seconds(millis, new Words(Language.ENGLISH));
    }

    @Test
    void aTimeIsShownAsExactlyAsPeopleCareFor() {
        assertEquals("0.0 s", seconds(0));
        assertEquals("40 ms", seconds(40));
        assertEquals("0.1 s", seconds(100));
        assertEquals("9.9 s", seconds(9_900));
        assertEquals("75 s", seconds(75_200));
    }
}
