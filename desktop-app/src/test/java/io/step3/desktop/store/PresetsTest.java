package io.step3.desktop.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PresetsTest extends StoreTestBase {

    private static final String SAMPLING = "{\"temperature\":0.7,\"seed\":42}";

    @Test
    void presetsGoToAFileAndBack() throws Exception {
        Preset poet = await(store.presets().create("Poet 诗人", "You rhyme. <b>", SAMPLING));
        Path file = folder.resolve("presets.json");
        await(store.presets().exportTo(file));
        await(store.presets().delete(poet.id()));
        assertEquals(List.of(), await(store.presets().list()));

        Preset back = await(store.presets().importFrom(file)).getFirst();

        assertEquals(new Preset(back.id(), poet.name(), poet.systemPrompt(), SAMPLING), back);
        assertTrue(Files.readString(file).contains("\"temperature\": 0.7"));
    }

    @Test
    void samplingThatIsNoJsonObjectIsRefused() throws Exception {
        fails(StoreException.Refused.class, store.presets().create("x", "", "[1]"));
        fails(StoreException.Refused.class, store.presets().create("x", "", "{"));
        fails(
                StoreException.Refused.class,
                store.conversations().setSampling(newConversation("x"), "seed=1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"format\":\"step3-presets\",\"version\":2,\"presets\":[]}",
                "{\"format\":\"other\",\"version\":1,\"presets\":[]}",
                "{\"format\":\"step3-presets\",\"version\":1,\"presets\":[{\"name\":\"x\"}]}",
                "{\"format\":\"step3-presets\",\"version\":1,\"presets\":"
                        + "[{\"name\":\"x\",\"system_prompt\":\"\",\"sampling\":[]}]}",
                "{\"format\":\"step3-presets\",\"version\":1,\"presets\":"
                        + "[{\"name\":\"ok\",\"system_prompt\":\"\",\"sampling\":{}},{\"name\":[],\"sampling\":{}}]}"
            })
    void aFileThatIsNotRightAddsNothing(String json) throws Exception {
        Path file = Files.writeString(folder.resolve("bad.json"), json);
        var refused = fails(StoreException.NotImportable.class, store.presets().importFrom(file));
        assertTrue(refused.getMessage().contains("bad.json"), refused.getMessage());
        assertEquals(List.of(), await(store.presets().list()));
    }

    @Test
    void aFileNestedWithoutEndIsRefused() throws Exception {
        Path file = Files.writeString(folder.resolve("deep.json"), "[".repeat(1_000_000));
        fails(StoreException.NotImportable.class, store.presets().importFrom(file));
    }
}
