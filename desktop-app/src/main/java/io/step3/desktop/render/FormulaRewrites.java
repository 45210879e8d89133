package io.step3.desktop.render;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** LaTeX that models write and JLaTeXMath does not know, said in words it knows. */
final class FormulaRewrites {

    private record Rewrite(Pattern pattern, String replacement) {
        Rewrite(String pattern, String replacement) {
            this(Pattern.compile(pattern), replacement);
        }
    }

    private static final List<Rewrite> TABLE =
            List.of(
                    new Rewrite("\\\\cancelto\\{[^{}]*\\}", "\\\\st"),
                    new Rewrite("\\\\[bx]?cancel(?![a-zA-Z])", "\\\\st"),
                    // Colours are left out: a formula has the colour of the text around it.
                    new Rewrite("\\\\color\\{[^{}]*\\}", ""),
                    new Rewrite("\\\\bra\\{([^{}]*)\\}", "\\\\left\\\\langle $1\\\\right|"),
                    new Rewrite("\\\\ket\\{([^{}]*)\\}", "\\\\left|$1\\\\right\\\\rangle"),
                    new Rewrite(
                            "\\\\braket\\{([^{}]*)\\}", "\\\\left\\\\langle $1\\\\right\\\\rangle"),
                    new Rewrite("\\\\(?:label|nonumber|notag)(?:\\{[^{}]*\\})?(?![a-zA-Z])", ""),
                    new Rewrite("\\\\tag\\*\\{([^{}]*)\\}", "\\\\qquad\\\\text{$1}"),
                    new Rewrite("\\\\tag\\{([^{}]*)\\}", "\\\\qquad\\\\text{($1)}"),
                    new Rewrite("\\\\(begin|end)\\{(?:equation|dmath)\\*?\\}", ""),
                    new Rewrite(
                            "\\\\(begin|end)\\{(?:align|aligned|alignat|alignedat|flalign|split)\\*?\\}",
                            "\\\\$1{aligned}"),
                    new Rewrite(
                            "\\\\(begin|end)\\{(?:gather|gathered|multline)\\*?\\}",
                            "\\\\$1{gathered}"),
                    new Rewrite("\\\\begin\\{(aligned)\\}\\{\\d+\\}", "\\\\begin{$1}"),
                    new Rewrite("\\\\begin\\{eqnarray\\*?\\}", "\\\\begin{array}{rcl}"),
                    new Rewrite("\\\\end\\{eqnarray\\*?\\}", "\\\\end{array}"),
                    // Its own cases leave no room between the columns.
                    new Rewrite("\\\\begin\\{d?cases\\*?\\}", "\\\\left\\\\{\\\\begin{array}{ll}"),
                    new Rewrite("\\\\end\\{d?cases\\*?\\}", "\\\\end{array}\\\\right."),
                    new Rewrite("\\\\begin\\{rcases\\*?\\}", "\\\\left.\\\\begin{array}{ll}"),
                    new Rewrite("\\\\end\\{rcases\\*?\\}", "\\\\end{array}\\\\right\\\\}"),
                    new Rewrite(
                            "\\\\(begin|end)\\{((?:[bBpvV])?matrix)\\*\\}(?:\\[[lcr]\\])?",
                            "\\\\$1{$2}"),
                    new Rewrite("\\\\(begin|end)\\{subarray\\}", "\\\\$1{array}"),
                    new Rewrite(
                            "\\\\(?:bm|boldsymbol|pmb|symbf|mathbfit)(?![a-zA-Z])",
                            "\\\\boldsymbol"),
                    new Rewrite("\\\\(?:mathbbm|mathds)(?![a-zA-Z])", "\\\\mathbb"),
                    new Rewrite("\\\\lVert(?![a-zA-Z])|\\\\rVert(?![a-zA-Z])", "\\\\|"),
                    new Rewrite("\\\\lvert(?![a-zA-Z])|\\\\rvert(?![a-zA-Z])", "|"),
                    new Rewrite(
                            "\\\\coloneqq(?![a-zA-Z])|\\\\coloneq(?![a-zA-Z])", "\\\\mathrel{:=}"),
                    new Rewrite("\\\\eqqcolon(?![a-zA-Z])", "\\\\mathrel{=:}"),
                    new Rewrite("\\\\(argmax|argmin)(?![a-zA-Z])", "\\\\mathop{\\\\mathrm{$1}}"),
                    new Rewrite(
                            "\\\\operatorname\\*\\s*\\{([^{}]*)\\}", "\\\\mathop{\\\\mathrm{$1}}"),
                    new Rewrite("\\\\operatornamewithlimits(?![a-zA-Z])", "\\\\operatorname"),
                    new Rewrite("\\\\implies(?![a-zA-Z])", "\\\\;\\\\Longrightarrow\\\\;"),
                    new Rewrite("\\\\impliedby(?![a-zA-Z])", "\\\\;\\\\Longleftarrow\\\\;"),
                    new Rewrite("\\\\dd(?![a-zA-Z])", "\\\\mathrm{d}"),
                    new Rewrite(
                            "\\\\(?:dv|derivative)\\{([^{}]*)\\}\\{([^{}]*)\\}",
                            "\\\\frac{d $1}{d $2}"),
                    new Rewrite(
                            "\\\\pdv\\{([^{}]*)\\}\\{([^{}]*)\\}",
                            "\\\\frac{\\\\partial $1}{\\\\partial $2}"),
                    new Rewrite("\\\\abs\\{([^{}]*)\\}", "\\\\left|$1\\\\right|"),
                    new Rewrite("\\\\norm\\{([^{}]*)\\}", "\\\\left\\\\|$1\\\\right\\\\|"),
                    new Rewrite("\\\\(?:lt)(?![a-zA-Z])", "<"),
                    new Rewrite("\\\\(?:gt)(?![a-zA-Z])", ">"),
                    new Rewrite("\\\\(?:dots[bcmoi])(?![a-zA-Z])", "\\\\ldots"),
                    new Rewrite("\\\\(?:big|Big|bigg|Bigg)(?:l|r|m)?\\s*\\.", ""),
                    new Rewrite("\\\\middle(?![a-zA-Z])\\s*\\|", "\\\\,|\\\\,"),
                    new Rewrite("\\\\textsuperscript\\{", "^{\\\\text "),
                    new Rewrite("\\\\hdotsfor\\{\\d+\\}", "\\\\ldots"),
                    new Rewrite(
                            "\\\\(?:displaylimits|allowbreak|nobreak|relax|centering)(?![a-zA-Z])",
                            ""));

    private static final Pattern CHEMISTRY = Pattern.compile("\\\\ce\\{([^{}]*)\\}");

    private FormulaRewrites() {}

    /** The simple part of mhchem: subscripts, charges, arrows. */
    private static String chemistry(MatchResult found) {
        String text =
                found.group(1)
                        .replaceAll("(?<=[A-Za-z)\\]])(\\d+)", "_{$1}")
                        .replaceAll("\\^(\\d*[+-])", "^{$1}")
                        .replace("<=>", "\\rightleftharpoons ")
                        .replace("->", "\\rightarrow ");
        return Matcher.quoteReplacement("\\mathrm{" + text + "}");
    }

    static String apply(String source) {
        String text = CHEMISTRY.matcher(source).replaceAll(FormulaRewrites::chemistry);
        for (Rewrite rewrite : TABLE) {
            text = rewrite.pattern().matcher(text).replaceAll(rewrite.replacement());
        }
        return text;
    }
}
