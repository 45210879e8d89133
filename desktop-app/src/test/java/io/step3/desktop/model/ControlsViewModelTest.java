package io.step3.desktop.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.chat.SamplingOptions;
import io.step3.desktop.store.Conversation;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ControlsViewModelTest extends DeskTestBase {

    @Test
    void openingAConversationLeavesItsSettingsAsTheyWere() throws Exception {
        var model = openReady(model(true, 4096));
        talk().controls().systemPromptProperty().set("Be brief.");
        talk().controls().samplingProperty().set(SamplingOptions.builder().topK(5).build());
        askAndWait(model, "one");
        desk.newConversation();
        await(() -> desk.sidebar().conversations().size() == 1);
        for (int i = 0; i < 2; i++) {
            desk.open(desk.sidebar().conversations().getFirst().id());
            await(() -> talk().messages().size() == 2);
            assertEquals("Be brief.", talk().controls().systemPromptProperty().get());
            assertEquals(5, talk().controls().samplingProperty().get().topK());
            desk.newConversation();
            var kept = store.conversations().list().get().getFirst();
            assertEquals("Be brief.", kept.systemPrompt());
        }
    }

    @Test
    void whatWasChangedWithoutAQuestionIsThereAgain() throws Exception {
        var model = openReady(model(true, 4096));
        askAndWait(model, "one");
        long first = talk().id();
        await(() -> desk.sidebar().conversations().size() == 1);
        talk().controls().systemPromptProperty().set("Be brief.");
        desk.newConversation();
        desk.open(first);
        await(() -> talk().id() == first);
        assertEquals("Be brief.", talk().controls().systemPromptProperty().get());
    }

    @Test
    void stopTextsAreKeptWithPresetsAndAsked() throws Exception {
        var model = openReady(model(true, 4096));
        var stop = List.of("END", "a, b", "\u7ed3\u675f");
        String sampling = SamplingJson.write(SamplingOptions.builder().stop(stop).build());
        desk.presets().save("Stops", "", sampling);
        await(() -> desk.presets().list().size() == 1);
        Path file = folder.resolve("presets.json");
        store.presets().exportTo(file).get();
        desk.presets().delete(desk.presets().list().getFirst());
        await(() -> desk.presets().list().isEmpty());
        desk.presets().importFrom(file);
        await(() -> desk.presets().list().size() == 1);
        talk().controls().use(desk.presets().list().getFirst());
        askAndWait(model, "one");
        assertEquals(stop, model.requests.getLast().sampling().stop());
        String kept = store.conversations().list().get().getFirst().sampling();
        assertEquals(stop, SamplingJson.read(kept).stop());
        assertEquals(List.of(), SamplingJson.read("{\"stop\": 5}").stop());
    }

    @Test
    void aChangeIsKeptOnceSomethingWasSaid() throws Exception {
        var model = openReady(model(true, 4096));
        talk().controls().systemPromptProperty().set("Be brief.");
        assertTrue(store.conversations().list().get().isEmpty());
        askAndWait(model, "one");
        talk().controls().systemPromptProperty().set("Be kind.");
        talk().controls().samplingProperty().set(SamplingOptions.builder().topK(5).build());
        long id = talk().id();
        // The changes are made one after the other.
        await(() -> Integer.valueOf(5).equals(SamplingJson.read(kept(id).sampling()).topK()));
        assertEquals("Be kind.", kept(id).systemPrompt());
        askAndWait(model, "two");
        assertEquals("Be kind.", model.requests.getLast().messages().getFirst().text());
        assertEquals(5, model.requests.getLast().sampling().topK());
    }

    private Conversation kept(long id) {
        return store.conversations().get(id).join();
    }
}
