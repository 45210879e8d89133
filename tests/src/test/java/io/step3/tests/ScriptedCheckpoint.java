package io.step3.tests;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.step3.chat.Tokenizer;
import io.step3.checkpoint.Checkpoint;
import io.step3.checkpoint.SafetensorsWriter;
import io.step3.checkpoint.Tensor;
import io.step3.checkpoint.TensorInfo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A checkpoint that says by heart what is written here: thought, answer, a call of a tool. It is a
 * whole one, that any engine loads and computes in full: golden checkpoint a, in which attention
 * and feed-forward add nothing, and in which the row of {@code lm_head} that belongs to a token is
 * the embedding of the token before it in the script. So each token of the script leads to the
 * next, whatever was asked, and none may occur twice: the texts are cut into tokens accordingly.
 *
 * <p>A request without tools ends in a line break, one with tools in {@code <think>}: there the two
 * scripts begin.
 */
final class ScriptedCheckpoint {

    /** What it thinks, and then says. */
    static final String REASONING = "The numbers follow.";

    static final String ANSWER = "One, then more";

    /** What it thinks before it calls a tool, and which. */
    static final String REASONING_BEFORE_CALL = "Add it";

    static final String TOOL = "list";

    private static final String END = "<|EOT|>";

    private static final List<String> TALK = List.of("\n", REASONING, "</think>", ANSWER, END);

    private static final List<String> CALL =
            List.of(
                    "<think>",
                    REASONING_BEFORE_CALL,
                    "<｜tool_calls_begin｜>",
                    "<｜tool_call_begin｜>",
                    "function",
                    "<｜tool_sep｜>",
                    "<steptml:invoke name=\"" + TOOL + "\">",
                    "<｜tool_call_end｜>",
                    "<｜tool_calls_end｜>",
                    END);

    private static final String TEMPLATE =
            """
            {{ bos_token }}{% for message in messages %}<|BOT|>{{ message.role }}
            {% if message.content is string %}{{ message.content }}{% else %}\
            {% for part in message.content %}\
            {{ part.text if part.type == 'text' else '<im_patch>' }}\
            {% endfor %}{% endif %}<|EOT|>{% endfor %}<|BOT|>assistant
            {% if tools %}{{ tools | tojson }}<think>{% else %}<think>
            {% endif %}""";

    private ScriptedCheckpoint() {}

    /** Writes it into a new folder. */
    static Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Path source = Golden.checkpoint("a");
        try (Stream<Path> files = Files.list(source)) {
            for (Path file :
                    files.filter(f -> !f.getFileName().toString().startsWith("model")).toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        Path settings = folder.resolve("tokenizer_config.json");
        JsonObject json = JsonParser.parseString(Files.readString(settings)).getAsJsonObject();
        json.addProperty("chat_template", TEMPLATE);
        Files.writeString(settings, json.toString());
        try (Checkpoint checkpoint = Checkpoint.open(source);
                Tokenizer tokenizer = Tokenizer.load(source);
                Arena arena = Arena.ofConfined()) {
            Map<Integer, Integer> next = new Script(tokenizer).next();
            var writer = new SafetensorsWriter();
            for (TensorInfo info : checkpoint.tensors().infos()) {
                Tensor tensor = checkpoint.tensors().tensor(info.name());
                writer.add(
                        info.name(),
                        info.dtype(),
                        info.shape(),
                        changed(tensor, checkpoint, next, arena));
            }
            writer.write(folder.resolve("model.safetensors"));
        }
        return folder;
    }

    private static MemorySegment changed(
            Tensor tensor, Checkpoint checkpoint, Map<Integer, Integer> next, Arena arena) {
        String name = tensor.info().name();
        MemorySegment zeros = arena.allocate(tensor.data().byteSize(), 2);
        if (name.endsWith(".o_proj.weight") || name.endsWith(".down_proj.weight")) {
            return zeros;
        }
        if (name.equals("model.norm.weight")) {
            for (long i = 0; i < tensor.info().elements(); i++) {
                setBf16(zeros, i, 1);
            }
            return zeros;
        }
        if (name.equals("lm_head.weight")) {
            MemorySegment embeddings =
                    checkpoint.tensors().tensor("model.embed_tokens.weight").data();
            int hidden = checkpoint.config().text().hiddenSize();
            next.forEach((from, to) -> addOfLengthOne(embeddings, from, zeros, to, hidden));
            return zeros;
        }
        return tensor.data();
    }

    /** Rows add up: both scripts lead to the same end. */
    private static void addOfLengthOne(
            MemorySegment from, int fromRow, MemorySegment to, int toRow, int columns) {
        double squares = 0;
        for (long i = 0; i < columns; i++) {
            squares += Math.pow(bf16(from, (long) fromRow * columns + i), 2);
        }
        for (long i = 0; i < columns; i++) {
            double value = bf16(from, (long) fromRow * columns + i) / Math.sqrt(squares);
            long at = (long) toRow * columns + i;
            setBf16(to, at, (float) (bf16(to, at) + value));
        }
    }

    private static float bf16(MemorySegment memory, long index) {
        return Float.intBitsToFloat(memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * index) << 16);
    }

    private static void setBf16(MemorySegment memory, long index, float value) {
        memory.set(
                ValueLayout.JAVA_SHORT_UNALIGNED,
                2 * index,
                (short) (Float.floatToRawIntBits(value) >>> 16));
    }

    /** Cuts both scripts into tokens, none of which occurs twice but the last. */
    private static final class Script {

        private final Tokenizer tokenizer;
        private final Map<String, Integer> tokens = new HashMap<>();
        private final Set<Integer> used = new HashSet<>();
        private final Deque<Integer> written = new ArrayDeque<>();

        Script(Tokenizer tokenizer) {
            this.tokenizer = tokenizer;
            for (int id = 0; id < tokenizer.vocabularySize(); id++) {
                tokens.put(tokenizer.decode(new int[] {id}, false), id);
            }
        }

        /** Which token follows which. */
        Map<Integer, Integer> next() {
            Map<Integer, Integer> next = new HashMap<>();
            for (List<String> script : List.of(TALK, CALL)) {
                used.remove(tokens.get(END));
                written.clear();
                if (!cut(script, 0, 0)) {
                    throw new IllegalStateException("the script repeats itself: " + script);
                }
                Integer before = null;
                for (Integer token : written) {
                    if (before != null) {
                        next.put(before, token);
                    }
                    before = token;
                }
            }
            return next;
        }

        /** The longest tokens first, and others where those were used. */
        private boolean cut(List<String> script, int part, int from) {
            if (part == script.size()) {
                return true;
            }
            String text = script.get(part);
            if (from == text.length()) {
                return cut(script, part + 1, 0);
            }
            boolean mark = tokenizer.tokenId(text).isPresent();
            for (int to = text.length(); to > from; to = mark ? from : to - 1) {
                Integer token = tokens.get(text.substring(from, to));
                if (token != null && used.add(token)) {
                    written.addLast(token);
                    if (cut(script, part, to)) {
                        return true;
                    }
                    written.removeLast();
                    used.remove(token);
                }
            }
            return false;
        }
    }
}
