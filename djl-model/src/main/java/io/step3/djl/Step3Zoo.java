package io.step3.djl;

import ai.djl.repository.zoo.ModelZoo;
import java.util.Set;

/** The models of group {@code io.step3}. */
public final class Step3Zoo extends ModelZoo {

    /** The group, as in {@code optArtifactId("io.step3:step3-tiny")}. */
    public static final String GROUP_ID = "io.step3";

    Step3Zoo() {
        addModel(new BundledLoader());
    }

    @Override
    public String getGroupId() {
        return GROUP_ID;
    }

    @Override
    public Set<String> getSupportedEngines() {
        return Set.of(Step3Engine.NAME);
    }
}
