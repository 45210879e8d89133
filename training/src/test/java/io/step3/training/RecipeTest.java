package io.step3.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RecipeTest {

    @Test
    void theShippedRecipesReadBackAsTheyAreWritten() {
        for (String name : Recipe.SHIPPED) {
            Recipe recipe = Recipe.named(name);
            assertEquals(name, recipe.name());
            assertEquals(recipe, Recipe.parse(recipe.toJson(), name));
        }
    }

    @Test
    void aRecipeThatLacksSomethingOrHasSomethingElseIsRefusedByName() {
        String json = Recipe.named("tiny").toJson();
        assertRefused(json.replace("\"warmUp\"", "\"warmup\""), "warm");
        assertRefused(json.replace("\"beta2\"", "\"beta3\""), "beta");
        assertRefused(json.replace("\"steps\": 9000", "\"steps\": 0"), "steps 0");
        assertRefused(json.replace("\"steps\": 9000", "\"steps\": \"many\""), "many");
        assertRefused("[]", "is no recipe");
    }

    private static void assertRefused(String json, String why) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> Recipe.parse(json, "the recipe"))
                        .getMessage();
        assertTrue(message.startsWith("the recipe is no recipe") && message.contains(why), message);
    }

    @Test
    void anUnknownNameIsAnsweredWithTheKnownOnes() {
        String message =
                assertThrows(IllegalArgumentException.class, () -> Recipe.of("huge")).getMessage();
        assertTrue(message.contains("huge") && message.contains("smoke"), message);
    }

    @Test
    void theRateRisesAndFallsInBothStages() {
        var schedule = new Schedule(Recipe.named("tiny"), true);
        assertEquals(3000, schedule.looking());
        assertEquals(3e-3f, schedule.rate(200), 1e-6f);
        assertEquals(0.03f * 3e-3f, schedule.rate(3000), 1e-6f);
        assertEquals(1e-3f, schedule.rate(3200), 1e-6f);
        assertEquals(0.03f * 1e-3f, schedule.rate(9000), 1e-6f);
        assertTrue(!schedule.stored(8100) && schedule.stored(8101));
        var later = new Schedule(Recipe.named("tiny"), false);
        assertEquals(0, later.looking());
        assertEquals(1, later.progress(0));
    }
}
