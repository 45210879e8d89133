package io.step3.djl;

import ai.djl.repository.LocalRepository;
import ai.djl.repository.Metadata;
import ai.djl.repository.Repository;
import ai.djl.repository.RepositoryFactory;
import ai.djl.repository.SimpleRepository;
import ai.djl.util.JsonUtils;
import com.google.gson.JsonParseException;
import io.step3.checkpoint.Checkpoint;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Opens {@code file:} locations. DJL asks a folder's repository, before anything else, which
 * translators its model has, and knows no other place to say so: so a folder that holds a Step3
 * checkpoint, or what is left of one, becomes a {@link Step3Folder}, and every other one what DJL
 * makes of it itself.
 */
public final class FolderRepositoryFactory implements RepositoryFactory {

    /** For DJL's service loader. */
    public FolderRepositoryFactory() {}

    @Override
    public Repository newInstance(String name, URI location) {
        Path path = path(location);
        if (Checkpoint.isStep3(path) || lacksConfig(path)) {
            return new Step3Folder(name, location, path);
        }
        return isRepository(path)
                ? new LocalFolder(name, path.toUri(), path)
                : new PlainFolder(name, location, path);
    }

    @Override
    public Set<String> getSupportedScheme() {
        return Set.of("file");
    }

    /** The location may be a bare path, and may carry arguments behind a question mark. */
    private static Path path(URI location) {
        if (location.getScheme() == null || location.isOpaque()) {
            String path = location.getPath();
            return Path.of(path != null ? path : location.getSchemeSpecificPart());
        }
        return Path.of(URI.create("file://" + location.getRawPath()));
    }

    /**
     * Whether a folder is empty, or has weights or a tokenizer in this layout and no configuration:
     * no engine can load it, and Step3's says what is missing where DJL would only say that it
     * found nothing.
     */
    private static boolean lacksConfig(Path path) {
        if (!Files.isDirectory(path)) {
            return false;
        }
        try (Stream<Path> files = Files.list(path)) {
            List<String> names = files.map(file -> file.getFileName().toString()).toList();
            return names.isEmpty()
                    || !names.contains("config.json")
                            && names.stream()
                                    .anyMatch(
                                            name ->
                                                    name.equals("tokenizer.json")
                                                            || name.endsWith(".safetensors")
                                                            || name.endsWith(
                                                                    ".safetensors.index.json"));
        } catch (IOException | UncheckedIOException e) {
            return false;
        }
    }

    /** Whether DJL would see a repository in it: a metadata.json of one in some folder below. */
    private static boolean isRepository(Path path) {
        if (!Files.isDirectory(path)) {
            return false;
        }
        try (Stream<Path> files = Files.walk(path)) {
            return files.anyMatch(
                    file ->
                            file.endsWith("metadata.json")
                                    && !path.equals(file.getParent())
                                    && Files.isRegularFile(file)
                                    && isMetadata(file));
        } catch (IOException | UncheckedIOException e) {
            return false;
        }
    }

    private static boolean isMetadata(Path file) {
        try (Reader reader = Files.newBufferedReader(file)) {
            Metadata metadata = JsonUtils.GSON.fromJson(reader, Metadata.class);
            return metadata.getMetadataVersion() != null && metadata.getArtifacts() != null;
        } catch (IOException | JsonParseException e) {
            return false;
        }
    }

    /** DJL's own, whose constructor is not public. */
    private static final class LocalFolder extends LocalRepository {
        LocalFolder(String name, URI location, Path path) {
            super(name, location, path);
        }
    }

    /** DJL's own, whose constructor is not public. */
    private static final class PlainFolder extends SimpleRepository {
        PlainFolder(String name, URI location, Path path) {
            super(name, location, path);
        }
    }
}
