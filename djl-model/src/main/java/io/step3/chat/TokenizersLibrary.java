package io.step3.chat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import io.step3.ops.PackedFiles;
import java.io.IOException;
import java.net.URL;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The native library of Hugging Face's tokenizers, which DJL brings in its jar. Left to itself, DJL
 * loads whatever file of the right name lies in its cache, and where the home cannot be written
 * keeps that in a folder of {@code /tmp} that anybody can make first; on a machine with a GPU it
 * downloads another build. So the jar's file is laid into our own cache ({@link PackedFiles}), and
 * DJL is told to load that one.
 */
final class TokenizersLibrary {

    /** Names a library, or a folder that holds one, in place of DJL's own. */
    private static final String PATH = "RUST_LIBRARY_PATH";

    /** Names a build that DJL shall look for. */
    private static final String FLAVOR = "RUST_FLAVOR";

    /** What the library is linked to where it is not linked statically, in the order of loading. */
    private static final List<String> WINDOWS_RUNTIME =
            List.of("libwinpthread-1.dll", "libgcc_s_seh-1.dll", "libstdc++-6.dll");

    private TokenizersLibrary() {}

    /**
     * Loads the library, unless it is loaded. A library or build that the environment or the system
     * properties name is left to DJL.
     *
     * @throws IOException in one sentence, if there is none for this system, if the cache cannot be
     *     used, or if the system does not load it
     */
    static synchronized void load() throws IOException {
        boolean chosen = setting(PATH) != null || !"cpu".equals(setting(FLAVOR, "cpu"));
        String library = System.mapLibraryName("tokenizers");
        Path folder = chosen ? null : lay(library);
        if (!chosen) {
            System.setProperty(PATH, folder.resolve(library).toString());
        }
        try {
            LibUtils.checkStatus();
        } catch (LinkageError | RuntimeException e) {
            throw new IOException(
                    "the tokenizers library%s cannot be loaded: %s"
                            .formatted(chosen ? "" : " in " + folder, e.getMessage()),
                    e);
        } finally {
            if (!chosen) {
                System.clearProperty(PATH);
            }
        }
    }

    private static Path lay(String library) throws IOException {
        Map<String, URL> files = new LinkedHashMap<>();
        find(library, files);
        if (files.isEmpty()) {
            throw new IOException("the tokenizers library is not built for " + system());
        }
        WINDOWS_RUNTIME.forEach(name -> find(name, files));
        Path cache = PackedFiles.cacheFolder("tokenizers");
        try {
            return PackedFiles.ofResources(files).extract(cache);
        } catch (IOException e) {
            String reason = e instanceof FileSystemException ? e.toString() : e.getMessage();
            throw new IOException(
                    "the tokenizers library cannot be laid into %s (%s): set STEP3_CACHE to a folder that only you can write to"
                            .formatted(cache, reason),
                    e);
        }
    }

    private static void find(String name, Map<String, URL> files) {
        URL found =
                HuggingFaceTokenizer.class.getResource(
                        "/native/lib/%s/cpu/%s".formatted(system(), name));
        if (found != null) {
            files.put(name, found);
        }
    }

    /** As DJL names its folders. */
    private static String system() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        String name = os.startsWith("mac") ? "osx" : os.startsWith("windows") ? "win" : os;
        return name + "-" + (arch.equals("amd64") ? "x86_64" : arch);
    }

    private static @Nullable String setting(String name) {
        return setting(name, null);
    }

    private static @Nullable String setting(String name, @Nullable String otherwise) {
        String variable = System.getenv(name);
        String value = variable != null ? variable : System.getProperty(name);
        return value == null || value.isEmpty() ? otherwise : value;
    }
}
