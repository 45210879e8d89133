package io.step3.desktop.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import atlantafx.base.theme.PrimerDark;
import atlantafx.base.theme.PrimerLight;
import atlantafx.base.theme.Theme;
import io.step3.desktop.model.ScriptedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import javafx.application.Application;
import javafx.scene.Node;
import javafx.scene.input.KeyCode;
import javafx.scene.layout.Background;
import javafx.scene.layout.BackgroundFill;
import javafx.scene.layout.Region;
import javafx.scene.paint.Color;
import javafx.scene.paint.Paint;
import javafx.scene.text.Text;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The colours that are really on the screen can be told apart, in both themes. */
class ContrastTest extends WindowTestBase {

    private static final double TEXT = 4.5;
    private static final double SHAPE = 3;

    private final ScriptedModel model =
            new ScriptedModel(
                    List.of("Hm. "),
                    List.of(
                            "Yes: `x`, [a](https://a.example).\n\n> so\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"),
                    true,
                    4096);

    @AfterEach
    void light() throws Exception {
        onFx(() -> Application.setUserAgentStylesheet(null));
    }

    /** A colour over another. */
    private static Color over(Color front, Color back) {
        double a = front.getOpacity();
        return Color.color(
                front.getRed() * a + back.getRed() * (1 - a),
                front.getGreen() * a + back.getGreen() * (1 - a),
                front.getBlue() * a + back.getBlue() * (1 - a));
    }

    /** Relative luminance as WCAG 2 defines it. */
    private static double luminance(Color color) {
        return 0.2126 * linear(color.getRed())
                + 0.7152 * linear(color.getGreen())
                + 0.0722 * linear(color.getBlue());
    }

    private static double linear(double c) {
        return c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
    }

    private static double contrast(Color one, Color other) {
        double a = luminance(one);
        double b = luminance(other);
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }

    /** What lies behind a node. */
    private static Color behind(Node node, boolean itself) {
        List<Color> layers = new ArrayList<>();
        for (Node at = itself ? node : node.getParent(); at != null; at = at.getParent()) {
            Background background = at instanceof Region region ? region.getBackground() : null;
            if (background != null && !background.getFills().isEmpty()) {
                BackgroundFill fill = background.getFills().getLast();
                // A button's fills lie on one another; the last is the surface.
                if (fill.getFill() instanceof Color color) {
                    layers.add(color);
                    if (color.isOpaque()) {
                        break;
                    }
                }
            }
        }
        Color colour = Color.WHITE;
        for (Color layer : layers.reversed()) {
            colour = over(layer, colour);
        }
        return colour;
    }

    private static double opacity(Node node) {
        double opacity = 1;
        for (Node at = node; at != null; at = at.getParent()) {
            opacity *= at.getOpacity();
        }
        return opacity;
    }

    private static boolean isShown(Node node) {
        for (Node at = node; at != null; at = at.getParent()) {
            if (!at.isVisible() || at.isDisabled()) {
                return false;
            }
        }
        return true;
    }

    /** Texts that are too like what is behind them. */
    private List<String> faint(Node root) {
        root.applyCss();
        var found = new TreeSet<String>();
        for (Node node : all(root)) {
            if (node instanceof Text text
                    && !text.getText().isBlank()
                    && isShown(text)
                    && text.getLayoutBounds().getWidth() > 0
                    && opacity(text) > 0
                    && text.getFill() instanceof Color fill
                    && fill.getOpacity() > 0) {
                Color back = behind(text, false);
                Color seen = over(fill.deriveColor(0, 1, 1, opacity(text)), back);
                double contrast = contrast(seen, back);
                if (contrast < TEXT) {
                    found.add("%.1f %s on %s: %s".formatted(contrast, seen, back, text.getText()));
                }
            }
        }
        return List.copyOf(found);
    }

    private static double edge(Region region) {
        Paint stroke = region.getBorder().getStrokes().getFirst().getTopStroke();
        Color back = behind(region, false);
        return contrast(over((Color) stroke, back), back);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void textsAndEdgesStandOut(boolean dark) throws Exception {
        Theme theme = dark ? new PrimerDark() : new PrimerLight();
        onFx(() -> Application.setUserAgentStylesheet(theme.getUserAgentStylesheet()));
        open(model);
        model.allowed.release(1000);
        await(() -> view.lookup(".example") != null);
        assertEquals(List.of(), on(() -> faint(view)), "empty");
        for (String text : List.of("One?", "Two?", "Three?")) {
            answer(text);
        }
        onFx(
                () -> {
                    desk.inside().openProperty().set(true);
                    desk.conversation().context().dropOldest();
                    desk.notices().error("an error");
                });
        await(() -> desk.conversation().messages().getFirst().droppedProperty().get());
        answer("Four?");
        onFx(() -> all(view).stream().filter(MessageView.class::isInstance).count());
        await(() -> view.lookup(".message:dropped .md-text") instanceof Text);
        assertEquals(List.of(), on(() -> faint(view)), "conversation");
        Text dropped = (Text) on(() -> view.lookup(".message:dropped .bubble .md-text"));
        Text given =
                (Text) on(() -> view.lookupAll(".bubble .md-text").stream().toList().getLast());
        assertTrue(!dropped.getFill().equals(given.getFill()), "dropped turns look as the others");

        Region box = (Region) on(() -> view.lookup(".composer-box"));
        assertTrue(on(() -> edge(box)) >= SHAPE, () -> "edge of the composer: " + edge(box));
        HeatMap map = (HeatMap) on(() -> view.lookup(".heat-map"));
        Color ground = on(() -> behind(map, false));
        for (double strength : new double[] {0, 0.5, 1}) {
            Color cell = over(map.cell(strength), ground);
            double contrast = contrast(map.frame(), cell);
            assertTrue(contrast >= SHAPE, "frame on " + strength + ": " + contrast);
        }
        for (KeyCode card : List.of(KeyCode.COMMA, KeyCode.P, KeyCode.M)) {
            press(card, false, true, false);
            await(() -> view.lookup(".card-pane") != null);
            assertEquals(List.of(), on(() -> faint(view.lookup(".card-pane"))), "card " + card);
            press(KeyCode.ESCAPE, false, false, false);
            await(() -> view.lookup(".card-pane") == null);
        }
    }
}
