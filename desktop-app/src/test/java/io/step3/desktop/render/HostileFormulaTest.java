package io.step3.desktop.render;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Formulas made to take the machine: each ends by its work, and the next one is drawn. */
class HostileFormulaTest {

    private static final long MOST_BYTES = 300L << 20;

    private static String around(String open, int times, String close) {
        return open.repeat(times) + "x" + close.repeat(times);
    }

    private static String columns(String format) {
        return "\\begin{array}{" + format + "}a\\end{array}";
    }

    private static String rows(String rows) {
        return "\\begin{array}{c}" + rows + "\\end{array}";
    }

    private static final List<String> BOMBS =
            List.of(
                    rows("\\multicolumn{999999999}{c}{x}"),
                    rows("\\multicolumn{-5}{c}{x}"),
                    "\\begin{matrix}a\\\\\\hdotsfor[1]{999999999}\\end{matrix}",
                    "\\begin{matrix}a&b\\\\\\hdotsfor[0.0000001]{2}\\end{matrix}",
                    "\\begin{matrix}a&b\\\\\\hdotsfor[99999999]{2}\\end{matrix}",
                    columns("*{999999999}{c}"),
                    columns("*{9999}{*{9999}{*{9999}{c}}}"),
                    columns("*{2147483648}{c}"),
                    columns("c|".repeat(3000)),
                    rows("&".repeat(7000)),
                    rows("\\\\".repeat(3000)),
                    rows(("&".repeat(60) + "\\\\").repeat(120)),
                    rows("\\hline".repeat(1200)),
                    rows("\\cline{1-999999999}a"),
                    "\\romannumeral{2000000000}",
                    "\\Romannumeral{2000000000}",
                    "\\longdiv{1}{2147483647}",
                    "\\longdiv{1}{9999999999999999}",
                    "\\frac1".repeat(1300),
                    "a\\over ".repeat(1000),
                    "\\sqrt".repeat(1500) + "x",
                    "\\sqrt[".repeat(400) + "x",
                    "\\left(".repeat(1300),
                    around("\\left(", 500, "\\right)"),
                    around("\\begin{pmatrix}", 200, "\\end{pmatrix}"),
                    around("\\overset{a}{", 55, "}"),
                    around("\\frac{1}{", 55, "}"),
                    around("\\text{$", 55, "$}"),
                    "\\begin{array}".repeat(600),
                    "x^x".repeat(2500),
                    "^".repeat(3000),
                    "$".repeat(7000),
                    "x" + "'".repeat(7000),
                    "\\hat".repeat(1900) + "x",
                    "\\ce{" + "H2O->".repeat(1500) + "}",
                    "a\\hspace{1e30cm}b",
                    "a\\kern99999999999cm b",
                    "a\\kern-99999999999cm b",
                    "\\rule{1e9cm}{1e9cm}",
                    "\\raisebox{99999999cm}{x}",
                    "\\rotatebox{1e308}{x}",
                    "\\scalebox{1e30}{x}",
                    "\\genfrac{(}{)}{1e30pt}{9}{a}{b}",
                    "\\fontsize{1e9}{1e9}x".repeat(100),
                    "\\char1114111 \\char-1 \\char99999999999",
                    "\\unicode{x10ffff}\\unicode{-1}",
                    "\\textcolor{#zzzzzzzzz}{x}\\fcolorbox{a}{b}{",
                    "\\setlength{\\arrayrulewidth}{1e9cm}x",
                    "\\newcommand{\\a}{\\a\\a}\\a",
                    "\\def\\a{\\a\\a}\\a",
                    "\\jlmXML{a}",
                    "\u4f60".repeat(7900),
                    "\u0416".repeat(3000));

    @Test
    void everyOneEndsAndTheNextIsDrawn() {
        var reader = new FormulaReader();
        Formula before = reader.read("\\frac{x}{y}", true).orElseThrow();
        var bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        var greedy = new ArrayList<String>();
        // A guard against hanging: the work of all together takes some seconds.
        assertTimeoutPreemptively(
                Duration.ofMinutes(2),
                () -> {
                    for (String bomb : BOMBS) {
                        long start = bean.getCurrentThreadAllocatedBytes();
                        reader.read(bomb, true);
                        reader.read(bomb, false);
                        if (bean.getCurrentThreadAllocatedBytes() - start > 2 * MOST_BYTES) {
                            greedy.add(bomb);
                        }
                    }
                });
        assertEquals(List.of(), greedy);
        Formula after = reader.read("\\frac{x}{y}", true).orElseThrow();
        assertEquals(before.width(), after.width());
        assertEquals(before.segments().length, after.segments().length);
    }

    @Test
    void whatIsTooMuchWorkIsNotDrawn() {
        var reader = new FormulaReader();
        for (String bomb : List.of(BOMBS.get(0), BOMBS.get(2), columns("*{999999999}{c}"))) {
            assertEquals(Optional.empty(), reader.read(bomb, true), bomb);
        }
    }

    @Test
    void aFormulaOfManyPartsIsStillDrawn() {
        var reader = new FormulaReader();
        String row = "a_{1}^{2} & b_{2} & c_{3} & \\frac{x}{y} & \\sqrt{z} \\\\ ";
        String matrix = "\\begin{pmatrix}" + row.repeat(20) + "\\end{pmatrix}";
        assertTrue(reader.read(matrix, true).isPresent());
        assertTrue(reader.read("x_1 + \\frac{a}{b} + ".repeat(200) + "c", true).isPresent());
    }

    /** Never ends, and makes nothing. */
    public static final class Endless {
        private Endless() {}

        public static int run() {
            int turns = 0;
            while (turns >= 0) {
                turns = turns == 1000 ? 0 : turns + 1;
            }
            return turns;
        }
    }

    /** Never ends, and makes longer and longer texts. */
    public static final class Growing {
        private Growing() {}

        public static String run() {
            String text = "x";
            while (!text.isEmpty()) {
                text = text.concat(text.substring(0, text.length() / 2 + 1));
            }
            return text;
        }
    }

    @Test
    void aLoopOfAMeteredClassIsStopped() throws ReflectiveOperationException {
        for (Class<?> endless : List.of(Endless.class, Growing.class)) {
            var loader = new MeteredLoader(endless.getName(), endless.getClassLoader());
            loader.loadClass(Meter.class.getName())
                    .getMethod("allow", long.class, long.class)
                    .invoke(null, 1_000_000L, Duration.ofMinutes(2).toNanos());
            var run = loader.loadClass(endless.getName()).getMethod("run");
            var stopped =
                    assertThrows(InvocationTargetException.class, () -> run.invoke(null))
                            .getCause();
            assertEquals(Meter.Exhausted.class.getName(), stopped.getClass().getName());
        }
    }
}
