package io.step3.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopStringsTest {

    @Test
    void aPieceOfNoTextLetsNothingGo() {
        StopStrings stops = new StopStrings(List.of("think"));
        assertEquals("a ", stops.feed("a th"));
        assertEquals("", stops.feed(""));
        assertEquals("", stops.feed("ink"));
        assertTrue(stops.stopped());
        StopStrings others = new StopStrings(List.of("think", "hi"));
        assertEquals("", others.feed("th"));
        assertEquals("", others.feed(""));
        assertEquals("th", others.feed("") + others.finish());
    }

    @Test
    void itTellsWhichStopItFoundAndOfSeveralThatEndTogetherTheLongest() {
        StopStrings stops = new StopStrings(List.of("b", "xab", "ab", "c"));
        assertEquals(Optional.empty(), stops.found());
        assertEquals("a", stops.feed("axa"));
        assertEquals(Optional.empty(), stops.found());
        assertEquals("", stops.feed("bc"));
        assertEquals(Optional.of("xab"), stops.found());
        stops.feed("c");
        stops.finish();
        assertEquals(Optional.of("xab"), stops.found());
    }

    @Test
    void onlyTheBeginningOfAStopIsHeldBack() {
        StopStrings stops = new StopStrings(List.of("\n\nUser", "END"));
        assertEquals("Hello", stops.feed("Hello"));
        assertEquals("", stops.feed("\n"));
        assertEquals("", stops.feed("\n"));
        assertEquals("\n", stops.feed("\n"));
        assertEquals("", stops.feed("Use"));
        assertEquals("\n\nUse", stops.feed("E"));
        assertEquals("EN. ", stops.feed("N. "));
        assertFalse(stops.stopped());
        assertEquals("the ", stops.feed("the END of"));
        assertTrue(stops.stopped());
        assertEquals("", stops.feed("more"));
        assertEquals("", stops.finish());
    }

    @Test
    void whatWasHeldBackIsTextInTheEnd() {
        StopStrings stops = new StopStrings(List.of("END"));
        assertEquals("a", stops.feed("aEN"));
        assertEquals("EN", stops.finish());
        assertEquals("x", new StopStrings(List.of()).feed("x"));
    }

    @Test
    void theFirstStopWinsHoweverTheTextIsCut() {
        for (int seed = 0; seed < 2000; seed++) {
            Random random = new Random(seed);
            List<String> stops =
                    List.of(letters(random, 1 + random.nextInt(4)), letters(random, 3), "abab");
            String text = letters(random, random.nextInt(30));
            StopStrings matcher = new StopStrings(stops);
            StringBuilder out = new StringBuilder();
            for (int i = 0; i < text.length(); ) {
                int end = Math.min(text.length(), i + 1 + random.nextInt(3));
                out.append(matcher.feed(text.substring(i, end)));
                i = end;
            }
            out.append(matcher.finish());
            assertEquals(expected(text, stops), out.toString(), "seed " + seed);
        }
    }

    @Test
    void whatPrecedesTheStreamStopsAndGivesOutNothingButMayBeginAStop() {
        for (int seed = 0; seed < 2000; seed++) {
            Random random = new Random(seed);
            List<String> stops = List.of(letters(random, 1 + random.nextInt(4)), "abab");
            String text = letters(random, random.nextInt(30));
            int seam = random.nextInt(text.length() + 1);
            // The first place behind the seam where a stop text ends, and where it began.
            int end = text.length();
            int begin = text.length();
            for (int i = seam + 1; i <= text.length() && begin == text.length(); i++) {
                for (String stop : stops) {
                    if (text.startsWith(stop, i - stop.length())) {
                        begin = Math.min(begin, i - stop.length());
                        end = i;
                    }
                }
            }
            StopStrings matcher = new StopStrings(stops);
            matcher.precede(text.substring(0, seam));
            String out = matcher.feed(text.substring(seam)) + matcher.finish();
            assertEquals(
                    text.substring(seam, Math.max(seam, begin)), out, "seed " + seed + " " + end);
        }
    }

    private static String letters(Random random, int length) {
        StringBuilder letters = new StringBuilder();
        for (int i = 0; i < length; i++) {
            letters.append((char) ('a' + random.nextInt(2)));
        }
        return letters.toString();
    }

    /** The stop that is complete first; of several that end together the longest. */
    private static String expected(String text, List<String> stops) {
        for (int end = 1; end <= text.length(); end++) {
            String sofar = text.substring(0, end);
            int longest =
                    stops.stream().filter(sofar::endsWith).mapToInt(String::length).max().orElse(0);
            if (longest > 0) {
                return text.substring(0, end - longest);
            }
        }
        return text;
    }

    @Test
    void repetitiveTextTakesLinearTime() {
        assertTimeout(
                Duration.ofSeconds(5),
                () -> {
                    StopStrings stops = new StopStrings(List.of("a".repeat(999) + "b"));
                    for (int i = 0; i < 100_000; i++) {
                        stops.feed("aaaaaaaaaa");
                    }
                });
    }
}
