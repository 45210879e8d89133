package io.step3.desktop.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.chat.SamplingOptions;
import io.step3.generate.InspectableModel;
import io.step3.generate.TokenTexts;
import io.step3.image.ImagePlan;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where attention looked, with the real engine on a small checkpoint that babbles. */
class AttentionTest extends DeskTestBase {

    private static final Path GOLDEN = Path.of(System.getProperty("step3.golden"));

    private void openReal() throws Exception {
        open(ModelLoader::local);
        desk.model().load(new ModelChoice.Folder(GOLDEN.resolve("checkpoints/a")));
        await(() -> desk.model().ready().isPresent());
    }

    private void askAndWait(String text, int tokens) {
        talk().controls()
                .samplingProperty()
                .set(SamplingOptions.builder().seed(3L).maxTokens(tokens).build());
        ask(text);
        await(() -> !talk().answering().runningProperty().get());
        await(() -> !talk().messages().getLast().isStreaming());
    }

    private static double sum(float[] weights) {
        double sum = 0;
        for (float weight : weights) {
            assertTrue(weight >= 0);
            sum += weight;
        }
        return sum;
    }

    private int written() {
        return talk().messages().getLast().usage().completionTokens();
    }

    private int prompt() {
        return talk().messages().getLast().usage().promptTokens();
    }

    @Test
    void whereEachTokenLookedIsKnownOnTheTextAndOnThePicture() throws Exception {
        openReal();
        desk.inside().openProperty().set(true);
        talk().draft().attach(GOLDEN.resolve("image/p900x700.png"));
        await(() -> talk().draft().pictures().size() == 1);
        askAndWait("How many zebras?", 6);

        var model = (InspectableModel) desk.model().ready().get();
        AttentionSnapshot newest = desk.inside().attention(-1);
        assertEquals(0, newest.first());
        assertEquals(written() - 1, newest.newest());
        assertEquals(newest.newest(), newest.number());
        assertEquals(model.shape().layers() - 1, newest.layer());
        for (int number = 0; number <= newest.newest(); number++) {
            AttentionSnapshot token = desk.inside().attention(number);
            assertEquals(number, token.number());
            assertEquals(prompt() + number, token.weights().length);
            assertEquals(1, sum(token.weights()), 1e-5);
            AttentionSnapshot.Seen seen = token.pictures().getFirst();
            assertEquals(1, token.pictures().size());
            assertEquals("p900x700.png", seen.image().name());
            assertEquals(ImagePlan.of(900, 700), seen.plan());
            assertTrue(seen.plan().crops() > 0, "the base comes after crops");
            assertEquals(model.imageTokens().get().perBase(), seen.side() * seen.side());
            assertTrue(sum(seen.cells()) > 0 && sum(seen.cells()) < seen.share());
            assertTrue(seen.share() < 1);
            float last = 1;
            for (AttentionSnapshot.Word word : token.words()) {
                assertEquals(token.weights()[word.position()], word.share());
                assertTrue(word.share() <= last, "best first");
                last = word.share();
            }
        }
    }

    @Test
    void theBaseOfAPictureLiesBeforeItsEndMark() throws Exception {
        openReal();
        desk.inside().openProperty().set(true);
        talk().draft().attach(GOLDEN.resolve("image/p900x700.png"));
        await(() -> talk().draft().pictures().size() == 1);
        askAndWait("Look.", 2);
        AttentionSnapshot token = desk.inside().attention(0);
        float[] cells = token.pictures().getFirst().cells();
        int found = -1;
        for (int i = 0; i + cells.length <= prompt(); i++) {
            if (Arrays.equals(cells, 0, cells.length, token.weights(), i, i + cells.length)) {
                found = i;
            }
        }
        var model = (InspectableModel) desk.model().ready().get();
        int after = prompt() - found - cells.length;
        int picture = model.imageTokens().get().count(ImagePlan.of(900, 700));
        // Before the base: the crops and its own mark. After it: one mark, then the words.
        assertTrue(found > picture - cells.length - 2, "the crops come first: " + found);
        assertTrue(after < 40, "only words come after it: " + after);
    }

    @Test
    void anotherLayerIsSeenFromTheNextTokenOn() throws Exception {
        openReal();
        desk.inside().openProperty().set(true);
        askAndWait("One.", 3);
        float[] last = desk.inside().attention(0).weights();
        desk.inside().watchLayer(0);
        askAndWait("One.", 3);
        AttentionSnapshot first = desk.inside().attention(0);
        assertEquals(0, first.layer());
        assertEquals(1, sum(first.weights()), 1e-5);
        assertFalse(Arrays.equals(last, first.weights()));
    }

    @Test
    void nothingIsKeptWhileNobodyLooks() throws Exception {
        openReal();
        askAndWait("One.", 3);
        assertFalse(desk.inside().attention(-1).any());
        desk.inside().openProperty().set(true);
        askAndWait("Two.", 3);
        assertTrue(desk.inside().attention(-1).any());
        desk.inside().openProperty().set(false);
        assertFalse(desk.inside().attention(-1).any());
    }

    @Test
    void theEngineSaysWhereTheTimeWent() throws Exception {
        openReal();
        desk.inside().openProperty().set(true);
        talk().draft().attach(GOLDEN.resolve("image/p56x56.png"));
        await(() -> talk().draft().pictures().size() == 1);
        askAndWait("One.", 5);
        StageTimes times = desk.inside().snapshot().times();
        assertEquals(written() - 1, times.written());
        assertEquals(written(), times.sampled());
        assertTrue(times.visionNanos() > 0);
        assertTrue(times.readNanos() > 0);
        assertTrue(times.attentionNanos() > 0);
        assertTrue(times.expertsNanos() > 0);
        assertTrue(times.outputNanos() > 0);
        assertTrue(times.samplingNanos() > 0);
    }

    @Test
    void onlyTheLatestTokensAreKept() {
        var recorder = new AttentionRecorder();
        recorder.begin(1, new TokenTexts(-1, id -> "t" + id), null, List.of());
        recorder.setOpen(true);
        recorder.tokens(0, 7);
        int tokens = AttentionRecorder.KEPT + 20;
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < tokens; i++) {
            MemorySegment keys = MemorySegment.ofArray(new float[2 * (i + 1)]);
            recorder.attended(0, i, 1, MemorySegment.ofArray(new float[] {1, 2}), keys);
            recorder.tokens(i + 1, i);
            texts.add(recorder.snapshot(-1).token());
        }
        AttentionSnapshot newest = recorder.snapshot(-1);
        assertEquals(20, newest.first());
        assertEquals(tokens - 1, newest.newest());
        assertEquals("t" + (tokens - 1), newest.token());
        assertEquals("t0", texts.getFirst());
        assertEquals(tokens, newest.weights().length);
        assertEquals(tokens - 1, recorder.snapshot(3).number(), "forgotten: the newest instead");
    }
}
