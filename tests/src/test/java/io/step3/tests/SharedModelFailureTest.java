package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.step3.checkpoint.Checkpoint;
import io.step3.checkpoint.CheckpointException;
import io.step3.model.Backends;
import io.step3.model.ForwardObserver;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import io.step3.model.PlacementRequest;
import io.step3.model.Prompt;
import io.step3.model.Sequence;
import io.step3.model.Session;
import io.step3.model.Span;
import io.step3.model.Step3Model;
import io.step3.ops.Backend;
import io.step3.ops.BackendLoader;
import io.step3.ops.cuda.EmulatedDevice;
import io.step3.ops.gpu.EmulatedBackend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A network shared between two backends whose weights are damaged, or go away under it. */
class SharedModelFailureTest {

    private static final ModelOptions OPTIONS =
            ModelOptions.DEFAULT.withContextLength(64).withPrefillChunk(16);

    /** Of golden checkpoint a: what the routed experts of the last layers lie in. */
    private static final String SHARD = "model-00002-of-00002.safetensors";

    /** A token whose embedding is NaN. */
    private static final int DAMAGED = 9;

    @TempDir private Path folder;

    private final BackendLoader.Choice choice = BackendLoader.load();

    @AfterEach
    void close() {
        choice.close();
    }

    private Step3Model bind(
            Checkpoint checkpoint, Backend device, String placement, LoadProgress progress) {
        var given = (PlacementRequest.Given) PlacementRequest.parse(placement);
        return new Step3Model(
                checkpoint,
                new Backends(choice.backend(), device),
                given.of(checkpoint.config().text()),
                OPTIONS,
                progress);
    }

    private void copy(String checkpoint) throws IOException {
        try (Stream<Path> files = Files.list(Golden.checkpoint(checkpoint))) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gpu",
                "gpu,routed=cpu",
                "gpu,routed.2=cpu,cache=cpu",
                "cpu,attention=gpu",
                "cpu,routed=gpu,shared=gpu"
            })
    void aTokenThatBecomesNaNIsRefusedAndTheNextIsNot(String placement) throws Exception {
        try (DistantBackend device = new DistantBackend(Long.MAX_VALUE)) {
            aTokenThatBecomesNaNIsRefusedAndTheNextIsNot(device, placement);
        }
    }

    /** There the router's kernel notices, and tells when it is next waited for. */
    @ParameterizedTest
    @ValueSource(strings = {"gpu,routed=cpu", "cpu,attention=gpu,routed.2=gpu"})
    void aRouterOnTheEmulatedDeviceRefusesItToo(String placement) throws Exception {
        try (Backend device = EmulatedBackend.open()) {
            aTokenThatBecomesNaNIsRefusedAndTheNextIsNot(device, placement);
        }
    }

    private void aTokenThatBecomesNaNIsRefusedAndTheNextIsNot(Backend device, String placement)
            throws Exception {
        copy("b");
        damageEmbedding(folder.resolve("model.safetensors"));
        try (Checkpoint checkpoint = Checkpoint.open(folder);
                Step3Model alone =
                        new Step3Model(checkpoint, choice.backend(), OPTIONS, LoadProgress.NONE);
                Step3Model shared = bind(checkpoint, device, placement, LoadProgress.NONE)) {
            List<Sequence> expecting = List.of(alone.newSequence(), alone.newSequence());
            List<Sequence> sequences = List.of(shared.newSequence(), shared.newSequence());
            assertStep(alone, expecting, shared, sequences, 5, 6);
            for (int[] broken :
                    new int[][] {{7, DAMAGED}, {DAMAGED, 8}, {DAMAGED, DAMAGED}, {DAMAGED}}) {
                ArithmeticException refused =
                        assertThrows(
                                ArithmeticException.class, () -> step(shared, sequences, broken));
                assertTrue(refused.getMessage().contains("router"), refused.getMessage());
                sequences.forEach(sequence -> assertEquals(1, sequence.position()));
            }
            assertStep(alone, expecting, shared, sequences, 7, 8);
            sequences.forEach(sequence -> assertEquals(2, sequence.position()));
        }
    }

    private static void assertStep(
            Step3Model alone,
            List<Sequence> expecting,
            Step3Model shared,
            List<Sequence> sequences,
            int... tokens) {
        List<float[]> expected = step(alone, expecting, tokens);
        List<float[]> actual = step(shared, sequences, tokens);
        for (int i = 0; i < tokens.length; i++) {
            Golden.assertClose("token " + tokens[i], expected.get(i), actual.get(i), 1e-4);
        }
    }

    /** A pass of the next token of each sequence: its logits. */
    private static List<float[]> step(Step3Model model, List<Sequence> sequences, int... tokens) {
        List<Span> spans = new ArrayList<>();
        List<float[]> logits = new ArrayList<>();
        for (int i = 0; i < tokens.length; i++) {
            logits.add(new float[model.vocabulary()]);
            spans.add(sequences.get(i).next(tokens[i], logits.get(i), ForwardObserver.NONE));
        }
        model.step(spans);
        return logits;
    }

    private static void damageEmbedding(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int header = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        JsonObject tensor =
                JsonParser.parseString(new String(bytes, 8, header, StandardCharsets.UTF_8))
                        .getAsJsonObject()
                        .getAsJsonObject("model.embed_tokens.weight");
        int[] offsets = Golden.ints(tensor.get("data_offsets"));
        int rowBytes = (offsets[1] - offsets[0]) / Golden.ints(tensor.get("shape"))[0];
        int row = 8 + header + offsets[0] + DAMAGED * rowBytes;
        Arrays.fill(bytes, row, row + rowBytes, (byte) 0xFF);
        Files.write(file, bytes);
    }

    /** What the CPU reads is missed at once, what is on the device as soon as somebody asks. */
    @ParameterizedTest
    @ValueSource(strings = {"gpu,routed=cpu", "cpu,attention=gpu", "cpu,routed=gpu", "gpu"})
    @DisabledOnOs(OS.WINDOWS)
    @Timeout(60)
    void aShardThatIsLostEndsTheAnswerWithASentenceThatNamesIt(String placement) throws Exception {
        copy("a");
        try (DistantBackend device = new DistantBackend(Long.MAX_VALUE);
                Checkpoint checkpoint = Checkpoint.open(folder);
                Step3Model model = bind(checkpoint, device, placement, LoadProgress.NONE)) {
            loseUnder(model);
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    @Timeout(60)
    void aShardThatIsLostLeavesNothingOnTheEmulatedDevice() throws Exception {
        copy("a");
        EmulatedDevice emulated = EmulatedDevice.fresh();
        try (Backend device = EmulatedBackend.open()) {
            long before = unused(emulated, device);
            try (Checkpoint checkpoint = Checkpoint.open(folder);
                    Step3Model model =
                            bind(checkpoint, device, "gpu,routed=cpu", LoadProgress.NONE)) {
                loseUnder(model);
            }
            assertEquals(before, emulated.live("bytes"));
        }
    }

    /** What a device takes for itself, once it has held a model. */
    private long unused(EmulatedDevice emulated, Backend device) {
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            bind(checkpoint, device, "gpu,routed=cpu", LoadProgress.NONE).close();
        }
        return emulated.live("bytes");
    }

    private void loseUnder(Step3Model model) throws IOException {
        try (Session session = model.newSession()) {
            session.read(Prompt.of(5, 6, 7), () -> false, ForwardObserver.NONE);
            lose();
            CheckpointException lost =
                    assertThrows(CheckpointException.class, () -> writeOn(session));
            assertNames(lost);
            CheckpointException again =
                    assertThrows(
                            CheckpointException.class,
                            () -> session.append(8, ForwardObserver.NONE));
            assertEquals(lost.getMessage(), again.getMessage());
        }
    }

    private static void writeOn(Session session) {
        while (true) {
            session.rewind(3);
            for (int i = 0; i < 20; i++) {
                session.append(8, ForwardObserver.NONE);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    @DisabledOnOs(OS.WINDOWS)
    void aShardThatIsLostDuringTheLoadLeavesNothingOnTheEmulatedDevice(int layers)
            throws Exception {
        copy("a");
        EmulatedDevice emulated = EmulatedDevice.fresh();
        try (Backend device = EmulatedBackend.open();
                Checkpoint checkpoint = Checkpoint.open(folder)) {
            long before = unused(emulated, device);
            LoadProgress loses =
                    (done, _) -> {
                        if (done == layers) {
                            lose();
                        }
                    };
            assertNames(
                    assertThrows(
                            CheckpointException.class,
                            () -> bind(checkpoint, device, "gpu,routed=cpu", loses)));
            assertEquals(before, emulated.live("bytes"));
        }
    }

    private void assertNames(CheckpointException lost) {
        String sentence = lost.getMessage();
        assertTrue(sentence.startsWith(folder.resolve(SHARD).toString()), sentence);
        assertTrue(sentence.contains("was cut from"), sentence);
    }

    private void lose() {
        try (var channel = FileChannel.open(folder.resolve(SHARD), StandardOpenOption.WRITE)) {
            channel.truncate(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
