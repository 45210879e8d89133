/**
 * JavaFX nodes for documents of {@link io.step3.desktop.markdown}.
 *
 * <pre>{@code
 * var settings = new RenderSettings(links, new Formulas(), RenderTexts.english()); // one a window
 * var view = new DocumentView(settings);
 * view.setBlocks(MarkdownStream.parse(text));          // a stored answer
 *
 * var feed = new StreamFeed(view, executor);           // a streamed one
 * feed.append(piece);                                  // any thread
 * feed.finish().thenRun(...);                          // on the FX thread, when all is shown
 *
 * var pane = new ConversationPane(RenderTexts.english());
 * pane.add(messageNode, reasoningView, answerView);    // the views inside, in reading order
 * pane.followingProperty();                            // the end stays in view
 * pane.selection().markdown();                         // what is selected, over all messages
 * }</pre>
 *
 * <p>{@link io.step3.desktop.render.ConversationPane} scrolls, follows the end, and owns the
 * selection; messages and blocks more than a screen away have no nodes. {@link
 * io.step3.desktop.render.DocumentView} outside a pane shows all its blocks. {@link
 * io.step3.desktop.render.LinkOpener} is asked for every link: the window decides.
 *
 * <p>Styles are in {@code document.css}, with AtlantaFX's looked-up colours; sizes are in em, so
 * {@code -fx-font-size} on the root sets the text size. Formulas are drawn by JLaTeXMath as
 * outlines, within a budget of work; code is coloured by RSyntaxTextArea's token makers; neither
 * starts AWT's toolkit, but the program should set {@code java.awt.headless=true}.
 */
package io.step3.desktop.render;
