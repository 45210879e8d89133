package io.step3.djl;

import ai.djl.repository.zoo.ModelZoo;
import ai.djl.repository.zoo.ZooProvider;

/** Makes {@link Step3Zoo} known to DJL's service loader. */
public final class Step3ZooProvider implements ZooProvider {

    /** For the service loader. */
    public Step3ZooProvider() {}

    @Override
    public ModelZoo getModelZoo() {
        return new Step3Zoo();
    }
}
