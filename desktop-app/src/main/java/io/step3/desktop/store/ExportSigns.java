package io.step3.desktop.store;

import io.step3.desktop.markdown.HtmlFragment;
import java.util.Locale;

/**
 * How a web page is to look beyond its words.
 *
 * @param formulas draws formulas; used by one thread
 * @param style what those drawings need of the style sheet
 * @param locale how dates are written
 */
public record ExportSigns(HtmlFragment.Formulas formulas, String style, Locale locale) {}
