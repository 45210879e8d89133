package io.step3.djl;

import ai.djl.Application;
import ai.djl.Model;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import ai.djl.repository.AbstractRepository;
import ai.djl.repository.Artifact;
import ai.djl.repository.MRL;
import ai.djl.repository.Metadata;
import ai.djl.util.Progress;
import io.step3.remote.RemoteAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The one model at the address of a server: it brings engine and translators with it. */
final class ServerRepository extends AbstractRepository {

    private static final String GROUP = "ai.djl.localmodelzoo";
    private static final String SERVED = "served";

    private final RemoteAddress address;

    ServerRepository(String name, URI location, RemoteAddress address) {
        super(name, location);
        this.address = address;
    }

    @Override
    public boolean isRemote() {
        return true;
    }

    @Override
    public Metadata locate(MRL mrl) {
        Artifact artifact = new Artifact();
        artifact.setName(address.model().isEmpty() ? SERVED : address.model());
        artifact.setFiles(Map.of());
        artifact.getArguments().put("engine", Step3Engine.NAME);
        artifact.getArguments().put("translatorFactory", Step3TranslatorFactory.class.getName());
        artifact.getArguments().put("blockFactory", new AddressBearer(address));
        var metadata = new Metadata.MatchAllMetadata();
        metadata.setGroupId(GROUP);
        metadata.setArtifactId(SERVED);
        metadata.setArtifacts(List.of(artifact));
        metadata.setApplication(Application.UNDEFINED);
        metadata.setRepositoryUri(URI.create(SERVED));
        return metadata;
    }

    @Override
    public Artifact resolve(MRL mrl, Map<String, String> filter) {
        return locate(mrl).getArtifacts().getFirst();
    }

    @Override
    public List<MRL> getResources() {
        return List.of(MRL.undefined(this, GROUP, SERVED));
    }

    /** There is nothing to download. */
    @Override
    public void prepare(Artifact artifact, Progress progress) {}

    /** DJL asks it for a block, which it has not, when it has made the model to be loaded. */
    private static final class AddressBearer implements BlockFactory {

        private static final long serialVersionUID = 1L;

        private final transient RemoteAddress address;

        AddressBearer(RemoteAddress address) {
            this.address = address;
        }

        @Override
        public @Nullable Block newBlock(Model model, Path folder, Map<String, ?> arguments) {
            if (model instanceof Step3DjlModel step3) {
                step3.lieAt(address);
            }
            return null;
        }

        @Override
        public String toString() {
            return "none"; // DJL lists it among the model's properties
        }
    }
}
