package io.step3.tests.foreign;

import java.awt.Color;
import java.util.Map;

/** How a program draws: its canvas, its shades, its edges, and the format it writes. */
enum Style {
    /** Smooth shapes of CSS colours on white. */
    CSS(400, 300, "png", Shades.CSS),
    /** Hard edges and the constants of {@link Color}. */
    JAGGED(320, 240, "png", Shades.JAVA),
    /** Dark outlines, as diagrams have them. */
    OUTLINED(640, 480, "png", Shades.PLOT),
    /** Deep shades on light grey. */
    DEEP(500, 500, "png", Shades.DEEP),
    /** Light shades on white. */
    LIGHT(480, 360, "png", Shades.LIGHT),
    /** A JPEG of quality 0.6 that is large enough to be cut. */
    JPEG(800, 600, "jpg", Shades.MATERIAL),
    /** Hardly larger than what the network sees. */
    SMALL(128, 128, "png", Shades.CSS),
    /** A GIF of few colours, dithered. */
    PALETTE(300, 300, "gif", Shades.MATERIAL),
    /** Large, on squared paper. */
    PAPER(1024, 768, "png", Shades.PLOT),
    /** Shapes with a light side and a soft shadow. */
    SHADED(360, 270, "png", Shades.MATERIAL),
    /** Nothing behind the shapes: the decoder lays them over white. */
    TRANSPARENT(256, 256, "png", Shades.JAVA),
    /** White on the outside, on near black. */
    NIGHT(450, 300, "png", Shades.MATERIAL);

    final int width;
    final int height;
    final String format;
    private final Map<String, Color> shades;

    Style(int width, int height, String format, Map<String, Color> shades) {
        this.width = width;
        this.height = height;
        this.format = format;
        this.shades = shades;
    }

    Color shade(String colour) {
        return shades.get(colour);
    }

    private static final class Shades {
        static final Map<String, Color> CSS =
                of(0xff0000, 0x008000, 0x0000ff, 0xffd700, 0xffa500, 0x800080);
        static final Map<String, Color> JAVA =
                of(0xff0000, 0x00ff00, 0x0000ff, 0xffff00, 0xffa000, 0x8000a0);
        static final Map<String, Color> PLOT =
                of(0xd62728, 0x2ca02c, 0x1f77b4, 0xf2e01e, 0xff7f0e, 0x9467bd);
        static final Map<String, Color> DEEP =
                of(0x8b0000, 0x006400, 0x00008b, 0xd4c400, 0xcc6600, 0x4b0082);
        static final Map<String, Color> LIGHT =
                of(0xff6b6b, 0x7bd88f, 0x74a9ff, 0xffe873, 0xffb366, 0xc39bff);
        static final Map<String, Color> MATERIAL =
                of(0xf44336, 0x4caf50, 0x2196f3, 0xffeb3b, 0xff9800, 0x9c27b0);

        private static Map<String, Color> of(int... rgb) {
            var map = new java.util.HashMap<String, Color>();
            for (int i = 0; i < rgb.length; i++) {
                map.put(Item.COLOURS.get(i), new Color(rgb[i]));
            }
            return Map.copyOf(map);
        }
    }
}
