/**
 * What the window looks like: views built in code, each for one view model of {@link
 * io.step3.desktop.model}.
 *
 * <p>{@link io.step3.desktop.view.MainView} holds all others; {@link io.step3.desktop.view.Surface}
 * is what it needs of the world around it (choosers, links, the screen). Colours are AtlantaFX's
 * looked-up ones and sizes are in em, see {@code window.css}, so that themes and text size act on
 * everything. Every node that can have the focus has an accessible role and text.
 */
package io.step3.desktop.view;
