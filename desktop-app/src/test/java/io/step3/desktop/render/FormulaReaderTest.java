package io.step3.desktop.render;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FormulaReaderTest {

    /** What language models typically write. */
    static final List<String> TYPICAL =
            """
            E = mc^2
            x = \\frac{-b \\pm \\sqrt{b^2-4ac}}{2a}
            \\dfrac{1}{2} + \\tfrac{1}{3}
            \\binom{n}{k} = \\frac{n!}{k!(n-k)!}
            \\dbinom{n}{k}
            \\sum_{i=1}^{n} i = \\frac{n(n+1)}{2}
            \\prod_{p \\text{ prime}} \\frac{1}{1-p^{-s}}
            \\int_0^\\infty e^{-x}\\,dx = 1
            \\iint_D f(x,y)\\,dA
            \\oint_C \\mathbf{F}\\cdot d\\mathbf{r}
            \\lim_{x\\to 0} \\frac{\\sin x}{x} = 1
            \\nabla \\times \\mathbf{E} = -\\frac{\\partial \\mathbf{B}}{\\partial t}
            \\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}
            \\begin{bmatrix} 1 & 0 \\\\ 0 & 1 \\end{bmatrix}
            \\begin{vmatrix} a & b \\\\ c & d \\end{vmatrix}
            \\begin{Bmatrix} a & b \\\\ c & d \\end{Bmatrix}
            \\begin{Vmatrix} a & b \\\\ c & d \\end{Vmatrix}
            \\begin{matrix} a & b \\\\ c & d \\end{matrix}
            \\left(\\begin{smallmatrix} a & b \\\\ c & d \\end{smallmatrix}\\right)
            \\begin{bmatrix*}[r] -1 & 0 \\\\ 0 & 1 \\end{bmatrix*}
            \\begin{array}{c|c} x & y \\\\ \\hline 1 & 2 \\end{array}
            f(x) = \\begin{cases} 1 & x > 0 \\\\ 0 & \\text{otherwise} \\end{cases}
            f(x) = \\begin{dcases} \\frac{1}{2} & x > 0 \\\\ 0 & x \\le 0 \\end{dcases}
            \\begin{align} a &= b \\\\ &= c \\end{align}
            \\begin{align*} a &= b + c \\\\ d &= e \\end{align*}
            \\begin{aligned} a &= b \\\\ c &= d \\end{aligned}
            \\begin{equation} E = mc^2 \\end{equation}
            \\begin{equation*} E = mc^2 \\end{equation*}
            \\begin{gather} a = b \\\\ c = d \\end{gather}
            \\begin{gathered} a = b \\\\ c = d \\end{gathered}
            \\begin{split} a &= b \\\\ &= c \\end{split}
            \\begin{alignat}{2} a &= b \\\\ c &= d \\end{alignat}
            \\begin{multline} a + b \\\\ + c \\end{multline}
            \\begin{eqnarray} a &=& b \\\\ c &=& d \\end{eqnarray}
            a = b \\tag{1}
            a = b \\label{eq:1} \\nonumber
            \\mathbb{R}^n \\subset \\mathcal{H} \\in \\mathfrak{g} \\mathscr{L}
            \\mathrm{d}x, \\mathsf{T}, \\mathtt{code}, \\mathit{it}
            \\bm{x} + \\boldsymbol{\\theta} + \\pmb{y}
            \\mathbbm{1}_{x > 0}
            \\lvert x \\rvert \\le \\lVert y \\rVert
            \\left\\lvert \\frac{a}{b} \\right\\rvert + \\left\\lVert \\frac{a}{b} \\right\\rVert
            \\left\\| \\frac{a}{b} \\right\\|
            \\| x \\|_2^2
            x \\coloneqq y, a := b
            \\argmax_\\theta p(x \\mid \\theta)
            \\arg\\max_{x} f(x), \\arg\\min_x g
            \\operatorname{softmax}(z)_i = \\frac{e^{z_i}}{\\sum_j e^{z_j}}
            \\operatorname*{argmin}_{x \\in X} f(x)
            \\text{Attention}(Q,K,V) = \\text{softmax}\\left(\\frac{QK^T}{\\sqrt{d_k}}\\right)V
            \\underbrace{a + b}_{\\text{sum}} + \\overbrace{c}^{\\text{top}}
            \\overline{AB} \\parallel \\underline{CD}
            \\hat{y}, \\bar{x}, \\tilde{z}, \\vec{v}, \\dot{q}, \\ddot{q}, \\widehat{abc}, \\widetilde{xyz}
            \\overrightarrow{AB} \\overleftarrow{CD}
            A \\xrightarrow{f} B \\xleftarrow{g} C
            a \\implies b \\iff c \\impliedby d
            P \\Rightarrow Q \\Leftrightarrow R \\rightarrow S \\mapsto T
            \\forall \\epsilon > 0\\, \\exists \\delta > 0
            a \\equiv b \\pmod{n}, a \\bmod n
            \\alpha\\beta\\gamma\\Gamma\\varepsilon\\varphi\\vartheta\\varrho\\Omega
            \\ell, \\hbar, \\Re, \\Im, \\aleph, \\partial, \\infty, \\emptyset, \\varnothing
            a \\leq b \\geq c \\neq d \\approx e \\sim f \\simeq g \\cong h \\propto i
            A \\cup B \\cap C \\setminus D \\subseteq E \\in F \\notin G
            a \\times b \\cdot c \\div d \\pm e \\mp f \\ast g \\circ h \\oplus i \\otimes j
            \\bigcup_{i} A_i, \\bigcap_i, \\bigoplus_i, \\bigotimes_i
            \\lfloor x \\rfloor \\lceil y \\rceil \\langle z \\rangle
            \\left\\{ x \\in \\mathbb{R} \\;\\middle|\\; x > 0 \\right\\}
            \\left. \\frac{df}{dx} \\right|_{x=0}
            \\Big( \\big[ \\Bigg\\{ \\biggr| \\Bigg\\} \\big] \\Big)
            \\bigl( x \\bigr) \\Bigl[ y \\Bigr]
            \\stackrel{\\text{def}}{=} \\overset{!}{=} \\underset{x}{\\min}
            \\substack{i < n \\\\ j < m}
            \\sum_{\\substack{i=1 \\\\ i \\ne j}}^n x_i
            \\cancel{x} + \\boxed{42}
            \\color{red}{x} + \\textcolor{blue}{y}
            \\sqrt[3]{x} + \\sqrt{\\sqrt{x}}
            90^\\circ, 30^{\\circ}
            f'(x), f''(x), f^{\\prime}
            \\ldots \\cdots \\vdots \\ddots \\dots \\dotsc
            a\\quad b\\qquad c\\,d\\;e\\:f\\!g\\ h
            \\mathbf{x}^\\top \\mathbf{A}^{-1} \\mathbf{x}^\\mathsf{T}
            \\mathbb{E}_{x \\sim p(x)}[f(x)] = \\int f(x) p(x) \\, \\mathrm{d}x
            D_{\\mathrm{KL}}(P \\,\\|\\, Q) = \\sum_x P(x) \\log \\frac{P(x)}{Q(x)}
            \\Pr(A \\mid B) = \\frac{\\Pr(B \\mid A)\\Pr(A)}{\\Pr(B)}
            \\det(A) = \\sum_{\\sigma} \\operatorname{sgn}(\\sigma) \\prod_i a_{i,\\sigma(i)}
            \\max\\{a, b\\}, \\min, \\sup, \\inf, \\gcd(a,b), \\exp, \\ln, \\log_2, \\tanh
            \\text{速度} = \\frac{\\text{距离}}{\\text{时间}}
            面积 = \\pi r^2
            \\textbf{bold} \\textit{italic} \\textrm{roman} \\texttt{tt}
            10\\,\\mathrm{m/s}, 5\\%, \\$3, a\\_b, \\#1
            \\ce{2H2 + O2 -> 2H2O}, \\ce{SO4^2-}
            x_{1}, x_{ij}^{2}, {}_1F_2
            \\overline{\\overline{x}}
            \\prescript{14}{6}{C}
            \\therefore a = b \\because c = d
            \\triangle ABC \\cong \\triangle DEF, \\angle A = \\angle B, AB \\perp CD
            \\checkmark \\square \\blacksquare \\star \\dagger
            \\frac{\\partial^2 u}{\\partial t^2} = c^2 \\nabla^2 u
            \\mathop{\\mathrm{tr}}(A)
            \\lim\\limits_{n \\to \\infty} a_n, \\int\\limits_0^1
            \\limsup_{n\\to\\infty} a_n, \\liminf
            i\\hbar\\frac{\\partial}{\\partial t}|\\psi\\rangle = \\hat{H}|\\psi\\rangle
            \\bra{\\phi}\\ket{\\psi}
            \\dv{f}{x} + \\pdv{f}{y} + \\abs{x} + \\norm{v}
            O(n \\log n) \\ll \\Theta(n^2) \\gg \\Omega(1)
            a \\land b \\lor \\lnot c \\neg d \\wedge e \\vee f
            \\vert x \\vert, \\Vert y \\Vert, \\mid, \\nmid
            \\begin{cases}x+y=1\\\\x-y=3\\end{cases}
            a\\phantom{x} \\hphantom{y} \\vphantom{z} b
            \\displaystyle\\sum_{i} \\textstyle\\sum_i
            \\colon \\vdots \\prime \\backslash
            x \\lt y \\gt z \\le w \\ge v \\ne u
            \\rm{abc} + {\\bf x}
            \\tag*{(2)} a = b
            \\complement A \\nsubseteq B \\subsetneq C
            \\mathring{A} \\acute{a} \\grave{a} \\check{c} \\breve{b}
            \\longrightarrow \\Longrightarrow \\longmapsto \\hookrightarrow \\rightleftharpoons \\leadsto
            """
                    .lines()
                    .toList();

    private final FormulaReader reader = new FormulaReader();

    @Test
    void whatModelsTypicallyWriteIsDrawn() {
        List<String> failed =
                TYPICAL.stream().filter(source -> reader.read(source, true).isEmpty()).toList();
        assertEquals(List.of(), failed);
    }

    @Test
    void theLettersAtControlCharactersAreThere() {
        for (String source : List.of("\\Omega", "\\gamma", "\\Psi", "\\psi", "\\otimes")) {
            Formula formula = reader.read(source, false).orElseThrow();
            assertTrue(formula.segments().length > 4, source);
        }
    }

    @Test
    void aFormulaHasTheSizeOfItsParts() {
        Formula one = reader.read("x", false).orElseThrow();
        Formula two = reader.read("xx", false).orElseThrow();
        Formula high = reader.read("\\frac{x}{x}", true).orElseThrow();
        assertEquals(2 * one.width(), two.width(), 0.01);
        assertTrue(high.ascent() + high.descent() > 2 * (one.ascent() + one.descent()));
        assertTrue(one.width() > 0.4 && one.width() < 0.7, "in em: " + one.width());
        assertTrue(one.elements(16).size() > 5);
    }

    @Test
    void commandsThatReadFilesOrLastAreRefused() {
        for (String source :
                List.of(
                        "\\includegraphics{/etc/passwd}",
                        "\\input{/etc/passwd}",
                        "\\newcommand{\\a}{\\a}\\a",
                        "\\def\\a{\\a}\\a",
                        "\\jlmXML{a}",
                        "\\rule{100000pt}{100000pt}",
                        "\\scalebox{100000}{x}")) {
            assertEquals(Optional.empty(), reader.read(source, true), source);
        }
    }

    @Test
    void monstersAreShownAsSource() {
        assertEquals(Optional.empty(), reader.read("{".repeat(5000), true));
        assertEquals(Optional.empty(), reader.read("x".repeat(9000), true));
        assertEquals(
                Optional.empty(),
                reader.read("\\sqrt".repeat(500) + "x", true).filter(f -> f.width() > 2000));
        assertEquals(Optional.empty(), reader.read("\\hspace{99999999pt}x", true));
    }
}
