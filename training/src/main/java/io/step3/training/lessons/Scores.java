package io.step3.training.lessons;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * Right answers by skill. An answer is right if it is exactly the expected one, spaces around it
 * apart.
 */
public final class Scores {

    private final Map<Skill, int[]> counts = new EnumMap<>(Skill.class);
    private final long seed;

    /**
     * No answers yet.
     *
     * @param seed of the examination
     */
    public Scores(long seed) {
        this.seed = seed;
    }

    /** Seed of the examination. */
    public long seed() {
        return seed;
    }

    /** Reads what {@link #toJson} wrote. */
    public static Scores fromJson(JsonObject json) {
        var scores = new Scores(json.get("seed").getAsLong());
        for (JsonElement element : json.getAsJsonArray("skills")) {
            JsonObject entry = element.getAsJsonObject();
            scores.counts.put(
                    Skill.valueOf(entry.get("skill").getAsString()),
                    new int[] {entry.get("examples").getAsInt(), entry.get("right").getAsInt()});
        }
        return scores;
    }

    /**
     * Compares an answer.
     *
     * @param said the model's answer, without its reasoning
     * @return whether it is right
     */
    public boolean add(Lesson lesson, String said) {
        boolean right = said.strip().equals(lesson.answer());
        int[] count = counts.computeIfAbsent(lesson.skill(), skill -> new int[2]);
        count[0]++;
        count[1] += right ? 1 : 0;
        return right;
    }

    /** Share of right answers of a skill, 0 to 1; NaN if none was asked for. */
    public double share(Skill skill) {
        int[] count = counts.getOrDefault(skill, new int[2]);
        return (double) count[1] / count[0];
    }

    /** Share of right answers of all. */
    public double share() {
        int right = counts.values().stream().mapToInt(count -> count[1]).sum();
        return (double) right / examples();
    }

    /** Number of answers. */
    public int examples() {
        return counts.values().stream().mapToInt(count -> count[0]).sum();
    }

    /** A Markdown table, a row for each skill; a share below its skill's floor is marked. */
    public String toTable() {
        var table =
                new StringBuilder("| skill | examples | right | floor |\n|---|---:|---:|---:|\n");
        counts.forEach(
                (skill, count) ->
                        table.append(
                                String.format(
                                        Locale.ROOT,
                                        "| %s | %d | %.1f %%%s | %.0f %% |%n",
                                        skill.label(),
                                        count[0],
                                        100 * share(skill),
                                        share(skill) < skill.floor() ? " (below)" : "",
                                        100 * skill.floor())));
        return table.append(
                        String.format(
                                Locale.ROOT,
                                "| all | %d | %.1f %% | |%n",
                                examples(),
                                100 * share()))
                .toString();
    }

    /** The same for programs. */
    public JsonObject toJson() {
        var skills = new JsonArray();
        counts.forEach(
                (skill, count) -> {
                    var entry = new JsonObject();
                    entry.addProperty("skill", skill.name());
                    entry.addProperty("label", skill.label());
                    entry.addProperty("examples", count[0]);
                    entry.addProperty("right", count[1]);
                    entry.addProperty("share", share(skill));
                    entry.addProperty("floor", skill.floor());
                    skills.add(entry);
                });
        var json = new JsonObject();
        json.addProperty("seed", seed);
        json.addProperty("examples", examples());
        json.addProperty("share", share());
        json.add("skills", skills);
        return json;
    }
}
