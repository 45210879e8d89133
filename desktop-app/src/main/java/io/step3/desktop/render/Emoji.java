package io.step3.desktop.render;

import javafx.scene.text.Font;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Emoji on Linux: the colour bitmap font that systems have there is drawn as blanks by JavaFX, so
 * emoji get a font of outlines that comes with the program. Elsewhere the system's font is right.
 */
final class Emoji {

    private static final Pattern EMOJI =
            Pattern.compile(
                    "(?:\\p{IsEmoji_Presentation}|\\p{IsEmoji}\\uFE0F?\\u20E3"
                            + "|\\p{IsEmoji}(?=\\uFE0F|\\p{IsEmoji_Modifier}))"
                            + "(?:\\p{IsEmoji_Modifier}|\\uFE0F|\\u200D\\p{IsEmoji}"
                            + "|[\\x{E0020}-\\x{E007F}])*");

    /** Skin tones, joiners and the like, which JavaFX cannot put together with this font. */
    private static final Pattern JOINTS =
            Pattern.compile(
                    "(?<!^)\\p{IsEmoji_Modifier}|[\\u200D\\uFE0F\\u20E3\\x{E0020}-\\x{E007F}]");

    private final boolean ownFont;

    Emoji() {
        this(System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux"));
    }

    Emoji(boolean ownFont) {
        this.ownFont = ownFont;
        if (ownFont) {
            try (InputStream font = Emoji.class.getResourceAsStream("NotoEmoji-Regular.ttf")) {
                Font.loadFont(font, 12);
            } catch (IOException missing) {
                throw new UncheckedIOException("The emoji font cannot be read.", missing);
            }
        }
    }

    /** A stretch of text with or without emoji. */
    record Stretch(String text, boolean emoji) {}

    /** What is drawn for an emoji: its parts side by side, where it has several. */
    static String parts(String emoji) {
        return JOINTS.matcher(emoji).replaceAll("");
    }

    /** Splits a text into stretches; one if nothing needs the font. */
    List<Stretch> split(String text) {
        if (!ownFont || text.chars().allMatch(c -> c < 0x2000)) {
            return List.of(new Stretch(text, false));
        }
        var stretches = new ArrayList<Stretch>();
        int at = 0;
        Matcher matcher = EMOJI.matcher(text);
        while (matcher.find()) {
            if (matcher.start() > at) {
                stretches.add(new Stretch(text.substring(at, matcher.start()), false));
            }
            stretches.add(new Stretch(matcher.group(), true));
            at = matcher.end();
        }
        if (at < text.length() || stretches.isEmpty()) {
            stretches.add(new Stretch(text.substring(at), false));
        }
        return stretches;
    }
}
