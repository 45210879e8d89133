/**
 * What the window knows and can do, without any window: view models with JavaFX properties and
 * nothing else of the toolkit.
 *
 * <p>{@link io.step3.desktop.model.Desk} is the root. It holds the {@link
 * io.step3.desktop.model.ModelViewModel} (which model answers), the shown {@link
 * io.step3.desktop.model.ConversationViewModel}, the {@link
 * io.step3.desktop.model.SidebarViewModel} and the rest. A conversation is its messages and what is
 * asked; around it stand the {@link io.step3.desktop.model.DraftViewModel} (what is typed), the
 * {@link io.step3.desktop.model.ControlsViewModel} (how it is to be answered), the {@link
 * io.step3.desktop.model.ContextViewModel} (what of it the model is given) and the {@link
 * io.step3.desktop.model.AnsweringViewModel} (the answer that is being written). Properties are
 * read and written on one thread, that of {@link io.step3.desktop.model.Tasks#ui}; a test gives
 * executors that run at once. The model computes on {@link io.step3.desktop.model.Tasks#engine},
 * the disk belongs to the store.
 */
package io.step3.desktop.model;
