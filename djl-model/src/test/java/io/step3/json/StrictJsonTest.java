package io.step3.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Holds the one reader of JSON from outside to RFC 8259 and its own limits. */
class StrictJsonTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"a\":1,\"a\":2}           | the key \"a\" twice",
                "[{\"b\":{\"a\":1,\"a\":1}}] | the key \"a\" twice",
                "{\"a\":1} 2                 | malformed",
                "{'a':1}                     | malformed",
                "{\"a\":NaN}                 | malformed",
                "{\"a\":1,}                  | line 1",
                "[1                          | End of input",
            })
    void whatIsNotJsonByTheLetterIsRefusedWithItsReason(String json, String reason) {
        var refused = assertThrows(JsonParseException.class, () -> StrictJson.parse(json));
        assertTrue(refused.getMessage().contains(reason), refused.getMessage());
    }

    @Test
    void depthAndLengthOfNumbersEndSomewhere() {
        int deep = StrictJson.MAX_DEPTH;
        StrictJson.parse("[".repeat(deep) + "]".repeat(deep));
        refused("[".repeat(deep + 1) + "]".repeat(deep + 1));
        refused("[".repeat(1_000_000));
        int length = StrictJson.MAX_NUMBER_LENGTH;
        StrictJson.parse("9".repeat(length));
        refused("9".repeat(length + 1));
    }

    @Test
    void numbersKeepTheTextThatTheyWereWrittenWith() {
        String numbers = "[1.0,1e5,-0,100000000000000000000,1e-999999999999]";
        assertEquals(numbers, StrictJson.parse(numbers).toString());
    }

    @Test
    void anObjectIsNoOtherValue() {
        assertEquals("{\"a\":null}", StrictJson.object(" {\"a\":null} ").toString());
        assertThrows(JsonParseException.class, () -> StrictJson.object("[]"));
        assertThrows(JsonParseException.class, () -> StrictJson.object(""));
    }

    @Test
    void bytesMustBeUtf8AndMayBeginWithAByteOrderMark() throws IOException {
        byte[] marked = "\uFEFF{\"a\":[1]}".getBytes(StandardCharsets.UTF_8);
        List<String> names = new ArrayList<>();
        try (var reader = StrictJson.reader(marked)) {
            StrictJson.eachField(
                    reader,
                    name -> {
                        names.add(name);
                        reader.skipValue();
                    });
        }
        assertEquals(List.of("a"), names);
        byte[] cut = {'"', (byte) 0xC3, '"'};
        try (var reader = StrictJson.reader(cut)) {
            assertThrows(IOException.class, () -> StrictJson.element(reader));
        }
    }

    private static void refused(String json) {
        assertThrows(JsonParseException.class, () -> StrictJson.parse(json));
    }
}
