/**
 * JavaFX nodes for documents of {@link io.step3.desktop.markdown}.
 *
 * <pre>{@code
 * var settings = new RenderSettings(links, new Formulas(), RenderTexts.english()); // one a window
 * var view = new DocumentView(settings);
 * view.setBlocks(MarkdownStream.parse(text));   // a stored answer
 * view.apply(patch);                            // a streamed one
 * }</pre>
 *
 * <p>{@link io.step3.desktop.render.DocumentView} gives nodes only to the blocks near what is
 * visible. Styles are in {@code document.css}, with AtlantaFX's looked-up colours; sizes are in em,
 * so {@code -fx-font-size} on the root sets the text size.
 */
package io.step3.desktop.render;
