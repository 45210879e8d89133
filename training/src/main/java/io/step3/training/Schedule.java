package io.step3.training;

/**
 * What happens in which step.
 *
 * @param recipe the numbers
 * @param fresh whether the training began with random weights; what began with a checkpoint can see
 *     already, and has known all kinds of lessons from its first step
 */
record Schedule(Recipe recipe, boolean fresh) {

    /** Steps in which the vision tower learns alone. */
    long looking() {
        return fresh ? (long) (recipe.steps() * recipe.looking()) : 0;
    }

    /** Whether a step sees the weights as the export rounds them. */
    boolean stored(long step) {
        return step > recipe.steps() * (1 - recipe.stored());
    }

    /** How far the lessons' curriculum is, 0 to 1, after so many steps. */
    double progress(long steps) {
        return fresh ? (double) (steps - looking()) / (recipe.steps() - looking()) : 1;
    }

    /** Learning rate of a step, from 1. */
    float rate(long step) {
        return step <= looking()
                ? rate(recipe.lookingRate(), step, looking())
                : rate(recipe.rate(), step - looking(), recipe.steps() - looking());
    }

    /** Linear warm-up, then half a cosine. */
    private float rate(float peak, long step, long steps) {
        int warmUp = recipe.warmUp();
        if (step < warmUp) {
            return peak * step / warmUp;
        }
        double done = (double) (step - warmUp) / Math.max(1, steps - warmUp);
        double share =
                recipe.lastRate() + (1 - recipe.lastRate()) * 0.5 * (1 + Math.cos(Math.PI * done));
        return (float) (peak * share);
    }
}
