package io.step3.desktop.render;

/** Texts to look at. */
final class Samples {

    private Samples() {}

    static final String TOUR =
            """
            # Counting red circles

            The picture shows **seven red circles** and *three* blue squares; the ~~eighth~~ circle is cut off by the edge. See [the paper](https://arxiv.org/abs/2507.19427) or https://stepfun.ai for more, and `Step3.generate()` for code.
            A line break inside a paragraph stays.

            ## Steps

            1. Find the **circles**
               - by their colour,
               - by their outline, which is a longer sentence so that it has to wrap around at the end of the line and come back below its own beginning.
            2. Count them

               A loose second paragraph in an item.
            3. Say the number:

               ```python
               def count(shapes: list[Shape]) -> int:
                   \"""Number of red circles.\"""
                   return sum(1 for s in shapes if s.color == "red" and s.kind == 'circle')  # 7
               ```

            - [x] seen
            - [ ] not seen yet

            > A quote with *emphasis* and $E = mc^2$.
            >
            > - an item in it
            > - another
            >
            > > and a quote in the quote

            ### A table

            | Shape | Colour | Count | Note |
            |:------|:------:|------:|------|
            | Circle | red | 7 | one is cut off at the edge of the picture, so it may or may not count |
            | Square | blue | 3 | `side = 12` |
            | 三角形 | 绿色 | 12 | $\\sqrt{2}$ |

            ---

            The quadratic formula $x = \\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a}$ stands in a line, and

            $$
            \\int_{-\\infty}^{\\infty} e^{-x^2}\\,dx = \\sqrt{\\pi}, \\qquad
            \\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}^{-1} = \\frac{1}{ad-bc} \\begin{pmatrix} d & -b \\\\ -c & a \\end{pmatrix}
            $$

            stands alone. Attention is
            \\[
            \\mathrm{softmax}\\left(\\frac{QK^\\top}{\\sqrt{d_k}}\\right)V
            \\]
            and this \\(\\undefinedcommand{x}\\) cannot be drawn. It costs $5 or $10.

            #### 中文与表情

            图中有**七个**红色圆圈（其中一个**“被裁掉”**了），😀 很好 👍🏽 ✅ ❤️ 1️⃣ 👨‍👩‍👧 🇨🇳。第二句话比较长，用来检查中文换行是否正确，标点符号不应该出现在行首。

            هذا نص عربي من اليمين إلى اليسار مع كلمة English في الوسط ورقم 42.

            עברית עם **הדגשה** ו־`code`.

            <div onclick="alert(1)">raw <b>HTML</b> is text</div>

            ![a cat](https://example.com/cat.png)

            ```java
            /** A very long line follows, which scrolls sideways. */
            public record Point(double x, double y) {
                static final String LONG = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua";
                @Override public String toString() { return "(" + x + ", " + y + ")"; } // done ✅
            }
            ```

            ```
            no language at all
            ```

            The end.
            """;
}
