package io.step3.desktop.render;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.step3.desktop.render.Emoji.Stretch;

import org.junit.jupiter.api.Test;

import java.util.List;

class EmojiTest {

    private static List<Stretch> split(String text) {
        return Toolkit.onFx(() -> new Emoji(true).split(text));
    }

    @Test
    void emojiAreSetApartWithAllThatBelongsToThem() {
        assertEquals(
                List.of(
                        new Stretch("a ", false),
                        new Stretch("👍🏽", true),
                        new Stretch("👨‍👩‍👧", true),
                        new Stretch(" b", false)),
                split("a 👍🏽👨‍👩‍👧 b"));
        assertEquals("👍", Emoji.parts("👍🏽"));
        assertEquals("👨👩👧", Emoji.parts("👨‍👩‍👧"));
        assertEquals(List.of(new Stretch("❤️", true)), split("❤️"));
        assertEquals(List.of(new Stretch("1️⃣", true), new Stretch(" ", false)), split("1️⃣ "));
        assertEquals(List.of(new Stretch("🇨", true), new Stretch("🇳", true)), split("🇨🇳"));
    }

    @Test
    void digitsArrowsAndChineseAreNoEmoji() {
        assertEquals(List.of(new Stretch("1 → 2 ✓ 中文 © *#", false)), split("1 → 2 ✓ 中文 © *#"));
        assertEquals(List.of(new Stretch("", false)), split(""));
    }
}
