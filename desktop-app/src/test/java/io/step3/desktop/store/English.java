package io.step3.desktop.store;

import io.step3.desktop.markdown.HtmlFragment;
import java.util.Locale;

/** What an export adds, in English. */
final class English {

    static final ExportLabels LABELS =
            new ExportLabels(
                    "You",
                    "Model",
                    "System",
                    "Tool",
                    "System prompt",
                    "Reasoning",
                    "Tool calls",
                    "Stopped.",
                    "Interrupted.",
                    "Failed:",
                    "Removed picture:");

    /** Formulas as LaTeX. */
    static final ExportSigns SIGNS = new ExportSigns(HtmlFragment.LATEX, "", Locale.ENGLISH);

    private English() {}
}
