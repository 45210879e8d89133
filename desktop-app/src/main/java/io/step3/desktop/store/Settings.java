package io.step3.desktop.store;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** What the program remembers of itself, by key. All of it is in memory, so reading never waits. */
public final class Settings {

    private final Database database;
    private final Map<String, String> values = new ConcurrentHashMap<>();

    Settings(Database database, Map<String, String> stored) {
        this.database = database;
        values.putAll(stored);
    }

    /** The value, if one was ever put. */
    public Optional<String> get(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /** Puts a value: at once for {@link #get}, and soon on the disk. */
    public CompletableFuture<Void> put(String key, String value) {
        values.put(key, value);
        return database.write(
                transaction -> {
                    transaction.update("INSERT OR REPLACE INTO setting VALUES (?, ?)", key, value);
                    transaction.changed(new Change.Setting(key));
                    return null;
                });
    }
}
