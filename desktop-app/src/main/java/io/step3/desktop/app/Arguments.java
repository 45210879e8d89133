package io.step3.desktop.app;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The command line.
 *
 * @param model a checkpoint folder; empty for the model used last, or the built-in one
 * @param data the data folder
 */
record Arguments(Optional<Path> model, Path data) {

    static final String USAGE =
            """
            Usage: step3 desktop [--model FOLDER] [--data FOLDER]
            Opens the desktop window.

              --model FOLDER  A Step3 checkpoint folder; otherwise the model used last.
              --data FOLDER   Where conversations are kept; otherwise the usual place.
              --help          Shows this.
            """;

    /**
     * Reads the command line.
     *
     * @throws IllegalArgumentException if it is not understood; the message says why
     */
    static Arguments parse(List<String> arguments) {
        Optional<Path> model = Optional.empty();
        Path data = usualFolder();
        for (int i = 0; i < arguments.size(); i++) {
            String name = arguments.get(i);
            int equals = name.indexOf('=');
            String value = null;
            if (name.startsWith("--") && equals > 0) {
                value = name.substring(equals + 1);
                name = name.substring(0, equals);
            }
            if (!name.equals("--model") && !name.equals("--data")) {
                throw new IllegalArgumentException(
                        "unknown argument %s: there are --model FOLDER and --data FOLDER"
                                .formatted(name));
            }
            if (value == null) {
                i++;
                if (i == arguments.size()) {
                    throw new IllegalArgumentException(name + " needs a folder");
                }
                value = arguments.get(i);
            }
            if (name.equals("--model")) {
                model = Optional.of(Path.of(value).toAbsolutePath());
            } else {
                data = Path.of(value).toAbsolutePath();
            }
        }
        return new Arguments(model, data);
    }

    /** Where programs of this system keep their data. */
    private static Path usualFolder() {
        String system = System.getProperty("os.name");
        Path home = Path.of(System.getProperty("user.home"));
        if (system.startsWith("Windows")) {
            String roaming = System.getenv("APPDATA");
            return (roaming == null ? home : Path.of(roaming)).resolve("Step3");
        }
        if (system.startsWith("Mac")) {
            return home.resolve("Library/Application Support/Step3");
        }
        String data = System.getenv("XDG_DATA_HOME");
        boolean absolute = data != null && data.startsWith("/");
        return (absolute ? Path.of(data) : home.resolve(".local/share")).resolve("step3");
    }
}
