package io.step3.model;

import io.step3.image.PlannedImage;
import io.step3.ops.Buffer;
import io.step3.ops.Stream;
import java.lang.foreign.Arena;

/**
 * The pictures of a prompt as rows for its image tokens. Only pictures that reach beyond the cached
 * prefix are looked at.
 */
final class PromptFeatures {

    private final Step3Model model;
    private final Prompt prompt;
    private final long rowBytes;

    /** Of each picture its rows, or null where the cache already holds them all. */
    private final Buffer[] pictures;

    /** Pictures that were looked at, or need not be. */
    private int seen;

    PromptFeatures(Step3Model model, Prompt prompt, int cached) {
        this.model = model;
        this.prompt = prompt;
        this.rowBytes = (long) model.text().config().hiddenSize() * Float.BYTES;
        this.pictures = new Buffer[prompt.images().size()];
        int rows = cachedRows(model, prompt, cached);
        while (seen < pictures.length && rows >= features(seen)) {
            rows -= features(seen++);
        }
    }

    private int features(int image) {
        return model.imageFeatures(prompt.images().get(image));
    }

    boolean hasUnseen() {
        return seen < pictures.length;
    }

    /** Looks at the next picture. */
    void look(Arena arena, Runnable check) {
        pictures[seen] = model.lookInto(arena, prompt.images().get(seen).pixels(), check);
        seen++;
    }

    /** Decodes the pictures that will be looked at, so that damage is told before. */
    static void prepare(Step3Model model, Prompt prompt, int cached) {
        int cachedRows = cachedRows(model, prompt, cached);
        int rows = 0;
        for (PlannedImage image : prompt.images()) {
            rows += model.imageFeatures(image);
            if (rows > cachedRows) {
                image.prepare();
            }
        }
    }

    private static int cachedRows(Step3Model model, Prompt prompt, int cached) {
        int rows = 0;
        for (int i = 0; i < cached && !prompt.images().isEmpty(); i++) {
            if (prompt.id(i) == model.imageTokenId()) {
                rows++;
            }
        }
        return rows;
    }

    /**
     * Puts the features of a span's image tokens over their embeddings.
     *
     * @param hidden {@code [tokens, hidden]}, from the span's first token on
     */
    void place(Stream stream, Buffer hidden, Span span) {
        int picture = 0;
        int row = cachedRows(model, prompt, span.position());
        for (int i = 0; i < span.count() && pictures.length > 0; i++) {
            if (span.token(i) != model.imageTokenId()) {
                continue;
            }
            while (row >= features(picture)) {
                row -= features(picture++);
            }
            stream.copy(
                    hidden.slice(i * rowBytes), pictures[picture].slice(row * rowBytes, rowBytes));
            row++;
        }
    }
}
