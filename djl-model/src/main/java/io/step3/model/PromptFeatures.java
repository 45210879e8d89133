package io.step3.model;

import io.step3.image.PlannedImage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The pictures of a prompt as rows for its image tokens. Only pictures that reach beyond the cached
 * prefix are looked at.
 */
final class PromptFeatures {

    private final Prompt prompt;
    private final int imageTokenId;
    private final long rowBytes;

    /** For each image token of the prompt its row, or null where the cache already holds it. */
    private final List<MemorySegment> rows = new ArrayList<>();

    /** Image tokens before the position that was placed last. */
    private int placed;

    PromptFeatures(Step3Model model, Prompt prompt, int cached, Arena arena, Runnable check) {
        this.prompt = prompt;
        this.imageTokenId = model.imageTokenId();
        this.rowBytes = (long) model.text().config().hiddenSize() * Float.BYTES;
        if (prompt.images().isEmpty()) {
            return;
        }
        placed = cachedRows(model, prompt, cached);
        for (PlannedImage image : prompt.images()) {
            int count = model.imageFeatures(image);
            boolean needed = rows.size() + count > placed;
            MemorySegment features =
                    needed ? model.vision().look(arena, image.pixels(), check) : null;
            for (int r = 0; r < count; r++) {
                rows.add(needed ? features.asSlice(r * rowBytes, rowBytes) : null);
            }
        }
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
        for (int i = 0; i < cached; i++) {
            if (prompt.id(i) == model.imageTokenId()) {
                rows++;
            }
        }
        return rows;
    }

    /** Puts the features of a chunk's image tokens over their embeddings. */
    void place(MemorySegment hidden, int position, int count) {
        if (rows.isEmpty()) {
            return;
        }
        for (int r = 0; r < count; r++) {
            if (prompt.id(position + r) == imageTokenId) {
                MemorySegment.copy(rows.get(placed++), 0, hidden, r * rowBytes, rowBytes);
            }
        }
    }
}
