package io.step3.training;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;

/**
 * What a training is: a state goes on only as the run that it belongs to.
 *
 * @param recipe its numbers
 * @param seed of its weights and lessons
 * @param origin {@link #RANDOM}, or the SHA-256 of the checkpoint's weights that it began with
 */
record Run(Recipe recipe, long seed, String origin) {

    static final String RANDOM = "random weights";

    /** The run that a state's metadata tell of. */
    static Run of(Map<String, String> metadata) {
        if (!metadata.containsKey("recipe")) {
            throw new IllegalArgumentException(
                    "The state was written before states knew their recipe: begin anew in another"
                            + " folder, from a checkpoint if there is one");
        }
        return new Run(
                Recipe.parse(metadata.get("recipe"), "The state's recipe"),
                Long.parseLong(metadata.get("seed")),
                metadata.get("origin"));
    }

    Map<String, String> metadata() {
        return Map.of("recipe", recipe.toJson(), "seed", Long.toString(seed), "origin", origin);
    }

    /** Whether it began with random weights. */
    boolean fresh() {
        return origin.equals(RANDOM);
    }

    /** The name of a checkpoint's weights. */
    static String origin(Path checkpoint) throws IOException {
        Path weights = checkpoint.resolve("model.safetensors");
        if (!Files.isRegularFile(weights)) {
            throw new IllegalArgumentException(
                    "There is no model.safetensors in "
                            + checkpoint
                            + ": give an exported checkpoint");
        }
        try (InputStream in = Files.newInputStream(weights);
                var digest = new DigestInputStream(in, MessageDigest.getInstance("SHA-256"))) {
            digest.transferTo(java.io.OutputStream.nullOutputStream());
            return "sha256 " + HexFormat.of().formatHex(digest.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Checks that what is asked for is this run.
     *
     * @param request what is asked for; what it leaves out is as it was
     * @throws IllegalArgumentException if it is another
     */
    void check(Request request) throws IOException {
        Path folder = request.folder();
        if (request.recipe() != null) {
            same(folder, "the recipe", recipe, Recipe.of(request.recipe()));
        }
        Path copy = folder.resolve("recipe.json");
        if (Files.exists(copy)) {
            same(
                    folder,
                    "the recipe",
                    recipe,
                    Recipe.parse(Files.readString(copy), copy.toString()));
        }
        if (request.seed() != null && request.seed() != seed) {
            throw other(folder, "seed " + seed, "seed " + request.seed());
        }
        if (request.from() != null && !origin(request.from()).equals(origin)) {
            throw other(folder, "from " + origin, "from " + request.from());
        }
    }

    private static void same(Path folder, String what, Recipe own, Recipe asked) {
        if (!own.equals(asked)) {
            boolean named = !own.name().equals(asked.name());
            throw other(
                    folder,
                    what + " " + own.name(),
                    named ? what + " " + asked.name() : "other numbers under that name");
        }
    }

    private static IllegalArgumentException other(Path folder, String own, String asked) {
        return new IllegalArgumentException(
                "The training in "
                        + folder
                        + " began with "
                        + own
                        + " and cannot go on with "
                        + asked
                        + ": leave it out to go on, or give another folder");
    }
}
