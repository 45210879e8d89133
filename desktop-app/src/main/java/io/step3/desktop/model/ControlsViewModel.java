package io.step3.desktop.model;

import io.step3.chat.SamplingOptions;
import io.step3.desktop.store.Drafts;
import io.step3.desktop.store.Preset;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import javafx.beans.property.ObjectProperty;
import javafx.beans.property.SimpleObjectProperty;
import javafx.beans.property.SimpleStringProperty;
import javafx.beans.property.StringProperty;

/** How the model is to answer in a conversation. Changes are kept once something was said. */
public final class ControlsViewModel {

    private final Surroundings around;
    private final LongSupplier conversation;
    private final StringProperty systemPrompt;
    private final ObjectProperty<SamplingOptions> sampling;

    /**
     * What a conversation is set to.
     *
     * @param conversation names it; {@link Drafts#NEW_CONVERSATION} before anything was said
     */
    ControlsViewModel(
            Surroundings around,
            LongSupplier conversation,
            String systemPrompt,
            SamplingOptions sampling) {
        this.around = around;
        this.conversation = conversation;
        this.systemPrompt = new SimpleStringProperty(systemPrompt);
        this.sampling = new SimpleObjectProperty<>(sampling);
        var conversations = around.store().conversations();
        this.systemPrompt.subscribe(
                (_, text) -> keep(id -> conversations.setSystemPrompt(id, text)));
        this.sampling.subscribe(
                (_, options) ->
                        keep(id -> conversations.setSampling(id, SamplingJson.write(options))));
    }

    /** Instructions that stand before everything. */
    public StringProperty systemPromptProperty() {
        return systemPrompt;
    }

    /** How tokens are chosen. */
    public ObjectProperty<SamplingOptions> samplingProperty() {
        return sampling;
    }

    /** Takes over a preset. */
    public void use(Preset preset) {
        systemPrompt.set(preset.systemPrompt());
        sampling.set(SamplingJson.read(preset.sampling()));
    }

    private void keep(LongFunction<CompletableFuture<?>> change) {
        long id = conversation.getAsLong();
        if (id != Drafts.NEW_CONVERSATION) {
            around.then(change.apply(id), _ -> {});
        }
    }
}
