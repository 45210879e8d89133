package io.step3.training;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * Every number that a training depends on, but its seed and the weights that it begins with.
 *
 * @param name what it is called
 * @param steps steps of the whole training; the learning rate's course depends on them
 * @param batch lessons of a step
 * @param together lessons of a micro-batch: enough to keep the cores busy, few enough to stay in
 *     the cache
 * @param looking share of the steps, at the beginning, in which the vision tower alone learns what
 *     stands where in pictures; a training that begins with a checkpoint has none. From words alone
 *     it learns colours and places, but shapes and digits hardly: the few words that depend on them
 *     say little about where in the picture to look.
 * @param lookingRate highest learning rate of those steps
 * @param rate highest learning rate of the others
 * @param lastRate share of it that is left in the last step
 * @param warmUp steps in which the rate rises
 * @param stored share of the training, at its end, in which the network sees its weights as the
 *     export rounds them (quantisation-aware training)
 * @param features root mean square of the pictures' features when the lessons begin: what the text
 *     layers can work on
 * @param look weight of the landmarks beside the words
 * @param balance weight of the experts' load-balancing loss
 * @param optimizer of AdamW
 * @param tokenizerLessons lessons from which a new tokenizer learns
 * @param scoredLessons lessons by which the training is watched
 * @param scoreEvery steps between two scores
 * @param reportEvery steps of which {@code loss.csv} has the mean
 * @param saveSeconds seconds between two states
 * @param network its sizes
 */
public record Recipe(
        String name,
        int steps,
        int batch,
        int together,
        double looking,
        float lookingRate,
        float rate,
        float lastRate,
        int warmUp,
        double stored,
        float features,
        float look,
        float balance,
        Optimizer optimizer,
        int tokenizerLessons,
        int scoredLessons,
        int scoreEvery,
        int reportEvery,
        int saveSeconds,
        NetworkSizes network) {

    /** The recipes that ship with the program. */
    static final Set<String> SHIPPED = Set.of("tiny", "smoke", "widen");

    private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();

    /**
     * Numbers of AdamW.
     *
     * @param beta1 how much of the first moment is kept
     * @param beta2 how much of the second
     * @param epsilon added to the root of the second
     * @param decay weight decay of matrices
     * @param clip largest norm of a gradient
     */
    record Optimizer(float beta1, float beta2, float epsilon, float decay, float clip) {}

    /**
     * @throws IllegalArgumentException if a number makes no training
     */
    public Recipe {
        check(steps > 0, "steps", steps);
        check(batch > 0, "batch", batch);
        check(together > 0, "together", together);
        check(looking >= 0 && looking < 1, "looking", looking);
        check(lookingRate > 0, "lookingRate", lookingRate);
        check(rate > 0, "rate", rate);
        check(lastRate >= 0 && lastRate <= 1, "lastRate", lastRate);
        check(warmUp >= 0, "warmUp", warmUp);
        check(stored >= 0 && stored <= 1, "stored", stored);
        check(features > 0, "features", features);
        check(tokenizerLessons > 0, "tokenizerLessons", tokenizerLessons);
        check(scoredLessons > 0, "scoredLessons", scoredLessons);
        check(scoreEvery > 0, "scoreEvery", scoreEvery);
        check(reportEvery > 0, "reportEvery", reportEvery);
        check(saveSeconds > 0, "saveSeconds", saveSeconds);
    }

    private static void check(boolean right, String key, Number value) {
        if (!right) {
            throw new IllegalArgumentException("A recipe cannot have " + key + " " + value);
        }
    }

    /**
     * A recipe by its name or file.
     *
     * @throws IllegalArgumentException if there is none, or it lacks something or has something
     *     else
     */
    static Recipe of(String nameOrFile) throws IOException {
        if (SHIPPED.contains(nameOrFile)) {
            return named(nameOrFile);
        }
        Path file = Path.of(nameOrFile);
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(
                    "There is no recipe " + nameOrFile + ": give tiny, smoke, widen or a file");
        }
        return parse(Files.readString(file), nameOrFile);
    }

    /** One of {@link #SHIPPED}. */
    static Recipe named(String name) {
        try (InputStream in = Recipe.class.getResourceAsStream("recipes/" + name + ".json")) {
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), name);
        } catch (IOException e) {
            throw new IllegalStateException("The recipe " + name + " is not in the program", e);
        }
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @param from where the text is from, for what is thrown
     */
    static Recipe parse(String json, String from) {
        try {
            JsonObject given = JsonParser.parseString(json).getAsJsonObject();
            Recipe recipe = GSON.fromJson(given, Recipe.class);
            if (recipe.optimizer() == null || recipe.network() == null) {
                throw new IllegalArgumentException("optimizer or network is missing");
            }
            sameKeys(given, JsonParser.parseString(recipe.toJson()).getAsJsonObject());
            return recipe;
        } catch (RuntimeException e) {
            // The reader of JSON wraps what the constructor says.
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            throw new IllegalArgumentException(from + " is no recipe: " + cause.getMessage(), e);
        }
    }

    private static void sameKeys(JsonObject given, JsonObject wanted) {
        for (String key : wanted.keySet()) {
            if (!given.has(key)) {
                throw new IllegalArgumentException(key + " is missing");
            }
            JsonElement value = wanted.get(key);
            if (value.isJsonObject() && given.get(key).isJsonObject()) {
                sameKeys(given.getAsJsonObject(key), value.getAsJsonObject());
            }
        }
        for (String key : given.keySet()) {
            if (!wanted.has(key)) {
                throw new IllegalArgumentException(key + " is unknown");
            }
        }
    }

    String toJson() {
        return GSON.toJson(this) + "\n";
    }
}
