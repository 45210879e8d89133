package io.step3.desktop.model;

import io.step3.chat.SamplingOptions;
import io.step3.desktop.store.Drafts;
import io.step3.desktop.store.Preset;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import javafx.beans.property.ObjectProperty;
import javafx.beans.property.SimpleObjectProperty;
import javafx.beans.property.SimpleStringProperty;
import javafx.beans.property.StringProperty;

/** How the model is to answer in a conversation. Changes are kept once something was said. */
public final class ControlsViewModel {

    private static final long PAUSE_MS = 400;

    private final Surroundings around;
    private final LongSupplier conversation;
    private final StringProperty systemPrompt;
    private final ObjectProperty<SamplingOptions> sampling;
    private String keptPrompt;
    private SamplingOptions keptSampling;
    private boolean scheduled;

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
        keptPrompt = systemPrompt;
        keptSampling = sampling;
        this.systemPrompt.subscribe((_, _) -> keepSoon());
        this.sampling.subscribe((_, _) -> keepSoon());
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

    /** Once typing pauses: each change is a transaction, and a disk is slower than a keyboard. */
    private void keepSoon() {
        if (conversation.getAsLong() != Drafts.NEW_CONVERSATION && !scheduled) {
            scheduled = true;
            CompletableFuture.delayedExecutor(PAUSE_MS, TimeUnit.MILLISECONDS, around.tasks().ui())
                    .execute(this::keep);
        }
    }

    /** Keeps what has changed, now. */
    void keep() {
        scheduled = false;
        long id = conversation.getAsLong();
        if (id == Drafts.NEW_CONVERSATION) {
            return;
        }
        var conversations = around.store().conversations();
        String prompt = systemPrompt.get();
        SamplingOptions options = sampling.get();
        if (!prompt.equals(keptPrompt)) {
            keptPrompt = prompt;
            around.then(conversations.setSystemPrompt(id, prompt), _ -> {});
        }
        if (!options.equals(keptSampling)) {
            keptSampling = options;
            around.then(conversations.setSampling(id, SamplingJson.write(options)), _ -> {});
        }
    }

    /** The store has it as it is now. */
    void kept() {
        keptPrompt = systemPrompt.get();
        keptSampling = sampling.get();
    }
}
