package io.step3.training;

import java.util.List;
import java.util.TreeSet;

/** The tiny network made tinier still. */
final class SmallRecipe {

    static final Recipe RECIPE =
            new Recipe(
                    "small",
                    6,
                    8,
                    12,
                    0.3,
                    3e-3f,
                    1e-3f,
                    0.03f,
                    2,
                    0.1,
                    1,
                    0.3f,
                    0.01f,
                    new Recipe.Optimizer(0.9f, 0.98f, 1e-8f, 0.05f, 1),
                    300,
                    8,
                    3,
                    2,
                    300,
                    new NetworkSizes(
                            400,
                            32,
                            2,
                            new TreeSet<>(List.of(1)),
                            2,
                            16,
                            16,
                            48,
                            4,
                            2,
                            16,
                            16,
                            false,
                            500000,
                            1e-5f,
                            2048,
                            1,
                            385,
                            new NetworkSizes.Vision(56, 8, 32, 1, 2, 32, 16, 1e-5f)));

    private SmallRecipe() {}
}
