package io.step3.desktop.render;

import java.text.MessageFormat;
import java.util.Locale;

/**
 * The words a document shows or speaks besides its own.
 *
 * @param codeName spoken for code; {0} is the language
 * @param tableName spoken for a table; {0} rows, {1} columns
 * @param formulaName spoken for a formula; {0} is its LaTeX source
 * @param headingName spoken for a heading; {0} is its level, {1} its words
 * @param locale how numbers are written
 */
public record RenderTexts(
        String copy,
        String copied,
        String jumpToEnd,
        String conversation,
        String codeName,
        String tableName,
        String formulaName,
        String headingName,
        Locale locale) {

    /** English. */
    public static RenderTexts english() {
        return new RenderTexts(
                "Copy",
                "Copied",
                "Jump to the end",
                "Conversation",
                "Code, {0}",
                "Table, {0} rows, {1} columns",
                "Formula: {0}",
                "Heading level {0}: {1}",
                Locale.ENGLISH);
    }

    /** One of the texts with its values filled in, numbers as the language writes them. */
    String with(String pattern, Object... values) {
        return new MessageFormat(pattern, locale).format(values);
    }
}
