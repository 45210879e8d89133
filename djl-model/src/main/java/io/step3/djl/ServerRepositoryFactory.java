package io.step3.djl;

import ai.djl.repository.Repository;
import ai.djl.repository.RepositoryFactory;
import io.step3.remote.RemoteAddress;
import java.net.URI;
import java.util.Set;

/** Opens {@code openai:} and {@code openais:} locations: models on servers. */
public final class ServerRepositoryFactory implements RepositoryFactory {

    /** For DJL's service loader. */
    public ServerRepositoryFactory() {}

    @Override
    public Repository newInstance(String name, URI location) {
        return new ServerRepository(name, location, RemoteAddress.parse(location.toString()));
    }

    @Override
    public Set<String> getSupportedScheme() {
        return Set.of("openai", "openais");
    }
}
