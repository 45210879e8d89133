package io.step3.djl;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineProvider;
import io.step3.chat.DjlTracking;

/** Makes {@link Step3Engine} known to DJL's service loader. */
public final class Step3EngineProvider implements EngineProvider {

    /** Loads the engine at first use. */
    private static final class Holder {
        static final Engine ENGINE = new Step3Engine();
    }

    /**
     * For the service loader. DJL makes all providers before it hands out any engine, and so before
     * it would report that.
     */
    public Step3EngineProvider() {
        DjlTracking.optOut();
    }

    @Override
    public String getEngineName() {
        return Step3Engine.NAME;
    }

    @Override
    public int getEngineRank() {
        return Step3Engine.RANK;
    }

    @Override
    public Engine getEngine() {
        return Holder.ENGINE;
    }
}
