package io.step3.chat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.step3.json.RegularFile;
import io.step3.json.StrictJson;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * A checkpoint's BPE tokenizer: text to token ids and back.
 *
 * <p>Encoding adds nothing by itself (the beginning-of-sentence token comes from the chat
 * template), cuts nothing and pads nothing, whatever {@code tokenizer.json} says; added tokens,
 * special or not, that are written out in the text become their ids with {@link #encode}, and
 * ordinary text with {@link #encodeText}. All methods may be called from several threads at once;
 * {@link #close} waits for calls that are under way.
 *
 * <p>The work is done by Hugging Face's native library through DJL, which ends the process over
 * files that are not sound: it is given only what {@link TokenizerFile} has checked. Nothing is
 * read from a network, and the library is the jar's ({@link TokenizersLibrary}). DJL is kept from
 * reporting its use, see {@link DjlTracking}.
 */
public final class Tokenizer implements AutoCloseable {

    /** The largest {@code tokenizer.json} that is read, in bytes; Step3's own has 8 million. */
    private static final int MAX_FILE_BYTES = 128 << 20;

    /**
     * The native library ends the process where a pattern is tried in ten million ways at one
     * place; a text is refused that could be nothing but such a place.
     */
    private static final long MAX_STEPS = 8_000_000;

    private static final Map<String, String> AS_IT_IS =
            Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");

    private final HuggingFaceTokenizer tokenizer;
    private final Vocabulary vocabulary;
    private final int maxChars;
    private final Marks marks;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    private Tokenizer(HuggingFaceTokenizer tokenizer, Vocabulary vocabulary, int maxChars) {
        this.tokenizer = tokenizer;
        this.vocabulary = vocabulary;
        this.maxChars = maxChars;
        this.marks = vocabulary.marks();
    }

    /**
     * Loads {@code tokenizer.json} of a checkpoint's folder.
     *
     * @throws IOException if the file is missing, too large, or no BPE tokenizer of a supported
     *     kind; the message names it and the part that is not. Also if the native library cannot be
     *     loaded, in a message of its own
     */
    public static Tokenizer load(Path folder) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        byte[] bytes = read(file);
        TokenizersLibrary.load();
        try {
            TokenizerFile json = TokenizerFile.read(bytes);
            Vocabulary vocabulary = json.vocabulary();
            DjlTracking.optOut();
            return new Tokenizer(
                    HuggingFaceTokenizer.newInstance(
                            new ByteArrayInputStream(json.json()), AS_IT_IS),
                    vocabulary,
                    (int) (MAX_STEPS / json.runCost()));
        } catch (IOException | RuntimeException e) {
            throw new IOException(
                    file + " is not a tokenizer that can be used: " + StrictJson.reason(e) + ".",
                    e);
        }
    }

    private static byte[] read(Path file) throws IOException {
        try {
            return RegularFile.read(file, MAX_FILE_BYTES);
        } catch (NoSuchFileException e) {
            throw new IOException(
                    file + " is missing: a checkpoint's folder holds its tokenizer.", e);
        }
    }

    /**
     * The token ids of a text. A lone surrogate, which is no character, counts as U+FFFD.
     *
     * @throws IllegalArgumentException if the text has millions of characters
     */
    public int[] encode(String text) {
        if (text.length() > maxChars) {
            throw new IllegalArgumentException(
                    "a text of %,d characters is too long for the tokenizer, which takes %,d"
                            .formatted(text.length(), maxChars));
        }
        String characters = wellFormed(text);
        long[] ids = whileOpen(() -> tokenizer.encode(characters, false, false).getIds());
        int[] narrow = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            narrow[i] = Math.toIntExact(ids[i]);
        }
        return narrow;
    }

    /**
     * The token ids of a text as nothing but text: where a mark such as {@code <|EOT|>} or {@code
     * </think>} is written out, it is cut behind its first character and so spelled.
     */
    public int[] encodeText(String text) {
        IntStream.Builder ids = IntStream.builder();
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            if (marks.at(text, i) > 0) {
                int cut = text.offsetByCodePoints(i, 1);
                IntStream.of(spell(text.substring(from, cut))).forEach(ids);
                from = cut;
            }
        }
        IntStream.of(spell(text.substring(from))).forEach(ids);
        return ids.build().toArray();
    }

    /**
     * The token ids of a rendered conversation whose contents went through {@link ContentGuard}:
     * the template's marks become their tokens, those in contents are spelled. Without any mark in
     * the contents these are the ids of {@link #encode}.
     */
    public int[] encodeGuarded(String rendered) {
        String text = marks.onlyNeededCuts(rendered);
        int[] ids = encodeParts(text, this::encode);
        return marksIn(ids).equals(marks.in(text)) ? ids : encodeBetweenMarks(text);
    }

    /** For normalisers that make marks of what is none: all but the visible marks is spelled. */
    private int[] encodeBetweenMarks(String rendered) {
        IntStream.Builder ids = IntStream.builder();
        int from = 0;
        for (int i = 0; i < rendered.length(); i++) {
            int length = marks.at(rendered, i);
            if (length > 0) {
                IntStream.of(encodeParts(rendered.substring(from, i), this::spell)).forEach(ids);
                from = i + length;
                IntStream.of(encode(rendered.substring(i, from))).forEach(ids);
                i = from - 1;
            }
        }
        IntStream.of(encodeParts(rendered.substring(from), this::spell)).forEach(ids);
        return ids.build().toArray();
    }

    /** Encodes what stands between cuts. */
    private static int[] encodeParts(String text, Function<String, int[]> encode) {
        if (text.indexOf(Marks.CUT) < 0) {
            return encode.apply(text);
        }
        return Arrays.stream(text.split(String.valueOf(Marks.CUT)))
                .flatMapToInt(part -> IntStream.of(encode.apply(part)))
                .toArray();
    }

    /** Encodes a text without a visible mark; halves it where it has hidden ones. */
    private int[] spell(String text) {
        int[] ids = encode(text);
        int characters = text.codePointCount(0, text.length());
        if (characters < 2 || marksIn(ids).isEmpty()) {
            return ids;
        }
        int half = text.offsetByCodePoints(0, characters / 2);
        return IntStream.concat(
                        IntStream.of(spell(text.substring(0, half))),
                        IntStream.of(spell(text.substring(half))))
                .toArray();
    }

    private List<Integer> marksIn(int[] ids) {
        return IntStream.of(ids).filter(marks::isMark).boxed().toList();
    }

    /** Cuts the marks in a text that is to be rendered by a template: see {@link ContentGuard}. */
    String cutMarks(String text) {
        return marks.cut(text);
    }

    /**
     * The text of token ids; bytes that are no UTF-8 become U+FFFD, ids that name no token nothing.
     *
     * @param skipSpecial whether special tokens are left out
     */
    public String decode(int[] ids, boolean skipSpecial) {
        long[] known = IntStream.of(ids).filter(id -> id >= 0).asLongStream().toArray();
        return whileOpen(() -> tokenizer.decode(known, skipSpecial));
    }

    /**
     * Decodes one token at a time.
     *
     * @param allSpecial whether every special token shows in the text; otherwise only the marks of
     *     tool calls do, which {@link OutputParser} must see
     */
    public Detokenizer detokenizer(boolean allSpecial) {
        return new Detokenizer(vocabulary, allSpecial);
    }

    /** A copy of the bytes that a token stands for; none for an id that names no token. */
    public byte[] bytes(int id) {
        return vocabulary.bytes(id).clone();
    }

    /** The id of an added token such as {@code <im_patch>} or {@code <|EOT|>}. */
    public OptionalInt tokenId(String addedToken) {
        return vocabulary.added(addedToken);
    }

    /** The highest token id plus one; a model's embedding may have more rows. */
    public int vocabularySize() {
        return vocabulary.size();
    }

    /** Frees the native tokenizer; later calls throw {@link IllegalStateException}. */
    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            closed = true;
            tokenizer.close();
        } finally {
            lock.writeLock().unlock();
        }
    }

    private <T> T whileOpen(Supplier<T> call) {
        lock.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("The tokenizer is closed.");
            }
            return call.get();
        } finally {
            lock.readLock().unlock();
        }
    }

    /** The native side takes only whole characters. */
    private static String wellFormed(String text) {
        int[] codePoints =
                text.codePoints()
                        .map(
                                c ->
                                        c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE
                                                ? 0xFFFD
                                                : c)
                        .toArray();
        return new String(codePoints, 0, codePoints.length);
    }
}
