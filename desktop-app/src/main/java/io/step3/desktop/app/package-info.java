/**
 * The program: its start, its threads, its end. {@link io.step3.desktop.app.Main} is what the
 * launcher runs.
 */
package io.step3.desktop.app;
