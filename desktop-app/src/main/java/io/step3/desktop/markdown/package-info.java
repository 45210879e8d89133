/**
 * The text of a model's answer as a document: pure Java, no toolkit.
 *
 * <p>{@link io.step3.desktop.markdown.MarkdownStream} takes text in pieces and answers each with a
 * {@link io.step3.desktop.markdown.Patch}: which {@link io.step3.desktop.markdown.Block}s are new,
 * replaced, grown or gone. The blocks are a flat list of immutable records; quotes and lists are
 * the {@link io.step3.desktop.markdown.Place} of a block. However the text is cut into pieces, the
 * blocks are those of the whole text.
 *
 * <pre>{@code
 * var stream = new MarkdownStream();
 * Patch patch = stream.append("# Hel");   // any thread, one at a time
 * patch.applyTo(blocks);                  // or DocumentView.apply(patch) on the FX thread
 * stream.finish();
 * List<Block> all = MarkdownStream.parse(text); // a whole text at once
 * }</pre>
 *
 * <p>Understood: CommonMark with tables, task lists, strikethrough (two tildes), bare links, and
 * formulas ({@code $…$} by Pandoc's rule, {@code $$…$$}, {@code \(…\)}, {@code \[…\]}, {@code
 * \begin{align}}). Raw HTML is text, images are never loaded, links lead to http, https and mailto
 * only. Line breaks inside paragraphs stay: models do not wrap lines by hand.
 */
package io.step3.desktop.markdown;
