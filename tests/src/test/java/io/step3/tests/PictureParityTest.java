package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.step3.chat.ChatMessage;
import io.step3.chat.ChatRequest;
import io.step3.chat.ContentPart;
import io.step3.chat.ImageSource;
import io.step3.generate.Step3;
import io.step3.image.ProcessedImage;
import io.step3.model.ForwardRecording;
import io.step3.model.ModelOptions;
import io.step3.model.Prompt;
import io.step3.model.Session;
import io.step3.ops.Backend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pictures, from their bytes to the answer, against the golden files, with every kernel tier. */
class PictureParityTest {

    static Stream<KernelTiers.Tier> tiers() {
        return KernelTiers.all();
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void theVisionTowerMeetsTheGoldenFeatures(KernelTiers.Tier tier) {
        tier.with(
                backend -> {
                    Golden.Tensors golden = Golden.tensors("vision/a.safetensors");
                    var names = new TreeSet<String>();
                    for (String tensor : golden.file().tensors().keySet()) {
                        if (tensor.endsWith(".base.features")) {
                            names.add(tensor.substring(0, tensor.indexOf('.')));
                        }
                    }
                    assertEquals(false, names.isEmpty());
                    try (Step3 step3 =
                            Step3.load(Golden.checkpoint("a"), ModelOptions.DEFAULT, backend)) {
                        names.forEach(name -> compareFeatures(step3, golden, name));
                    }
                });
    }

    private static void compareFeatures(Step3 step3, Golden.Tensors golden, String name) {
        ProcessedImage image = step3.prompts().see(List.of(picture(name))).getFirst();
        float[] features;
        try (Arena arena = Arena.ofShared()) {
            features =
                    step3.model().look(arena, image, () -> false).toArray(ValueLayout.JAVA_FLOAT);
        }
        float[] base = golden.floats(name + ".base.features");
        int crops = features.length - base.length;
        if (crops > 0) {
            Golden.assertClose(
                    name + " crops",
                    golden.floats(name + ".crops.features"),
                    Arrays.copyOf(features, crops),
                    1e-4);
        }
        Golden.assertClose(
                name + " base", base, Arrays.copyOfRange(features, crops, features.length), 1e-4);
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void promptsWithPicturesMeetTheGoldenFiles(KernelTiers.Tier tier) {
        tier.with(
                backend -> {
                    for (String checkpoint : tier.checkpoints()) {
                        everyCase(checkpoint, backend);
                    }
                });
    }

    private static void everyCase(String checkpoint, Backend backend) {
        try (Step3 step3 =
                Step3.load(Golden.checkpoint(checkpoint), ModelOptions.DEFAULT, backend)) {
            everyCase(checkpoint, step3);
        }
    }

    /** The first prompt with a picture of a golden checkpoint, with whatever computes. */
    static void firstCase(String checkpoint, Step3 step3) {
        JsonElement first =
                Golden.json("multimodal/" + checkpoint + ".json").getAsJsonArray().get(0);
        compare(step3, first.getAsJsonObject());
    }

    /** All prompts with pictures of a golden checkpoint, with whatever computes. */
    static void everyCase(String checkpoint, Step3 step3) {
        for (JsonElement one : Golden.json("multimodal/" + checkpoint + ".json").getAsJsonArray()) {
            compare(step3, one.getAsJsonObject());
        }
    }

    private static void compare(Step3 step3, JsonObject golden) {
        String file = "multimodal/" + golden.get("file").getAsString();
        Golden.Tensors tensors = Golden.tensors(file);
        ChatRequest request = request(golden);
        String rendered = step3.prompts().render(request);
        assertEquals(golden.get("prompt_text").getAsString(), rendered, file);
        int[] ids = step3.prompts().encode(rendered);
        assertArrayEquals(Golden.ints(golden.get("prompt_ids")), ids, file);
        Prompt prompt = step3.prompts().expand(ids, step3.prompts().see(request.images()));
        assertArrayEquals(tensors.ints("expanded_ids"), prompt.ids(), file);
        assertArrayEquals(
                prompt.ids(), step3.prompts().expand(prompt.ids(), prompt.images()).ids(), file);
        assertArrayEquals(
                Golden.ints(golden.get("image_rows")),
                prompt.images().stream().mapToInt(step3.model()::imageFeatures).toArray(),
                file);

        float[] last = new float[step3.model().vocabulary()];
        try (Session session = step3.model().newSession();
                Arena arena = Arena.ofConfined()) {
            var text = step3.model().checkpoint().config().text();
            var seen = new ForwardRecording(arena, text, prompt.length());
            session.read(prompt, () -> false, seen);
            session.logits(last);
            Golden.assertClose(file, "embeds", tensors, seen, 1e-4);
            if (tensors.contains("logits")) {
                Golden.assertClose(file, "logits", tensors, seen, 1e-4);
            }
        }
        Golden.assertClose(file + " last_logits", tensors.floats("last_logits"), last, 1e-4);
        assertArrayEquals(tensors.ints("greedy_ids"), step3.greedy(prompt, 32), file);
    }

    /** The prompt of a case of {@code multimodal}, its pictures in place. */
    static Prompt prompt(Step3 step3, JsonObject golden) {
        ChatRequest request = request(golden);
        int[] ids = step3.prompts().encode(step3.prompts().render(request));
        return step3.prompts().expand(ids, step3.prompts().see(request.images()));
    }

    private static ChatRequest request(JsonObject golden) {
        var pictures = golden.getAsJsonArray("pictures").iterator();
        List<ChatMessage> messages = new ArrayList<>();
        for (JsonElement element : golden.getAsJsonArray("messages")) {
            JsonObject message = element.getAsJsonObject();
            JsonElement content = message.get("content");
            if (content.isJsonPrimitive()) {
                messages.add(
                        message.get("role").getAsString().equals("system")
                                ? ChatMessage.system(content.getAsString())
                                : ChatMessage.user(content.getAsString()));
                continue;
            }
            List<ContentPart> parts = new ArrayList<>();
            for (JsonElement part : content.getAsJsonArray()) {
                JsonObject object = part.getAsJsonObject();
                parts.add(
                        object.get("type").getAsString().equals("text")
                                ? new ContentPart.Text(object.get("text").getAsString())
                                : new ContentPart.Image(picture(pictures.next().getAsString())));
            }
            messages.add(ChatMessage.user(parts));
        }
        return ChatRequest.builder().messages(messages).build();
    }

    private static ImageSource picture(String name) {
        try {
            return ImageSource.of(Golden.ROOT.resolve("image/" + name + ".png"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
