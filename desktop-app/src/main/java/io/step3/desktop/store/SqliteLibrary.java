package io.step3.desktop.store;

import io.step3.ops.PackedFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.util.LibraryLoaderUtil;

/**
 * SQLite's native part. Left to itself, the driver lays a copy of it into the temporary folder at
 * each start and takes it away only if the program ends in order.
 */
final class SqliteLibrary {

    private static final String FOLDER = "org.sqlite.lib.path";

    private SqliteLibrary() {}

    /** Has the driver load the copy in the user's cache, unless the person named another. */
    static void prepare() {
        if (System.getProperty(FOLDER) != null) {
            return;
        }
        String name = LibraryLoaderUtil.getNativeLibName();
        String resource = LibraryLoaderUtil.getNativeLibResourcePath() + "/" + name;
        try (InputStream in = SQLiteJDBCLoader.class.getResourceAsStream(resource)) {
            if (in != null) {
                Path folder =
                        new PackedFiles(Map.of(name, in.readAllBytes()))
                                .extract(PackedFiles.cacheFolder("sqlite"));
                System.setProperty(FOLDER, folder.toString());
            }
        } catch (IOException e) {
            // No cache can be had: then the driver's own way it is.
        }
    }
}
