package io.step3.desktop.store;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import io.step3.json.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Saved system prompts with sampling parameters. Futures fail with a {@link StoreException}. */
public final class Presets {

    private static final String FORMAT = "step3-presets";
    private static final int VERSION = 1;
    private static final long FILE_LIMIT = 16 << 20;
    private static final int COUNT_LIMIT = 1000;
    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    private final Database database;

    Presets(Database database) {
        this.database = database;
    }

    /** All presets by name. */
    public CompletableFuture<List<Preset>> list() {
        return database.read(Presets::loadAll);
    }

    /** Saves a new preset. */
    public CompletableFuture<Preset> create(String name, String systemPrompt, String sampling) {
        return database.write(
                transaction ->
                        insert(
                                transaction,
                                new Preset(
                                        0,
                                        name,
                                        systemPrompt,
                                        JsonField.object("sampling", sampling))));
    }

    /** Replaces the preset that has this one's id. */
    public CompletableFuture<Preset> update(Preset preset) {
        return database.write(
                transaction -> {
                    load(transaction, preset.id());
                    transaction.update(
                            "UPDATE preset SET name = ?, system_prompt = ?, sampling = ? WHERE id = ?",
                            Conversations.title(preset.name()),
                            preset.systemPrompt(),
                            JsonField.object("sampling", preset.sampling()),
                            preset.id());
                    RowChecksum.PRESET.seal(transaction, preset.id());
                    transaction.changed(new Change.Presets());
                    return load(transaction, preset.id());
                });
    }

    /** Deletes a preset; conversations begun with it keep what they took from it. */
    public CompletableFuture<Void> delete(long id) {
        return database.write(
                transaction -> {
                    transaction.update("DELETE FROM preset WHERE id = ?", id);
                    transaction.changed(new Change.Presets());
                    return null;
                });
    }

    /** Writes all presets to a JSON file; one that is there is replaced whole or not at all. */
    public CompletableFuture<Void> exportTo(Path file) {
        return database.readSlowly(
                transaction -> {
                    JsonArray presets = new JsonArray();
                    for (Preset preset : loadAll(transaction)) {
                        JsonObject json = new JsonObject();
                        json.addProperty("name", preset.name());
                        json.addProperty("system_prompt", preset.systemPrompt());
                        json.add("sampling", StrictJson.parse(preset.sampling()));
                        presets.add(json);
                    }
                    JsonObject root = new JsonObject();
                    root.addProperty("format", FORMAT);
                    root.addProperty("version", VERSION);
                    root.add("presets", presets);
                    byte[] bytes = GSON.toJson(root).getBytes(StandardCharsets.UTF_8);
                    AtomicFile.export(file, out -> out.write(bytes));
                    return null;
                });
    }

    /**
     * Adds the presets of a JSON file to those that are there: all of them, or none if the file is
     * not right.
     */
    public CompletableFuture<List<Preset>> importFrom(Path file) {
        return database.readSlowly(transaction -> read(file))
                .thenCompose(
                        presets ->
                                database.write(
                                        transaction -> {
                                            List<Preset> added = new ArrayList<>();
                                            for (Preset preset : presets) {
                                                added.add(insert(transaction, preset));
                                            }
                                            return added;
                                        }));
    }

    private static List<Preset> read(Path file) throws IOException {
        if (Files.size(file) > FILE_LIMIT) {
            throw StoreException.NotImportable.presets(file, "it is larger than 16 MiB", null);
        }
        try {
            JsonObject root = StrictJson.object(Files.readString(file));
            if (!FORMAT.equals(root.get("format").getAsString())
                    || root.get("version").getAsInt() != VERSION) {
                throw StoreException.NotImportable.presets(
                        file, "its format or version is another", null);
            }
            JsonArray array = root.getAsJsonArray("presets");
            if (array.size() > COUNT_LIMIT) {
                throw StoreException.NotImportable.presets(
                        file, "it holds more than " + COUNT_LIMIT + " presets", null);
            }
            List<Preset> presets = new ArrayList<>();
            for (JsonElement element : array) {
                JsonObject json = element.getAsJsonObject();
                presets.add(
                        new Preset(
                                0,
                                json.get("name").getAsString(),
                                json.get("system_prompt").getAsString(),
                                json.getAsJsonObject("sampling").toString()));
            }
            return presets;
        } catch (JsonParseException
                | IllegalStateException
                | ClassCastException
                | NullPointerException
                | UnsupportedOperationException
                | NumberFormatException
                | java.nio.charset.CharacterCodingException e) {
            throw StoreException.NotImportable.presets(file, "it lacks a field, or is not JSON", e);
        }
    }

    private static Preset insert(Transaction transaction, Preset preset)
            throws SQLException, StoreException {
        long id =
                transaction.insert(
                        "INSERT INTO preset (name, system_prompt, sampling) VALUES (?, ?, ?)",
                        Conversations.title(preset.name()),
                        preset.systemPrompt(),
                        preset.sampling());
        RowChecksum.PRESET.seal(transaction, id);
        transaction.changed(new Change.Presets());
        return load(transaction, id);
    }

    private static List<Preset> loadAll(Transaction transaction) throws SQLException {
        return transaction.list(
                Presets::preset, "SELECT * FROM preset ORDER BY name COLLATE NOCASE, id");
    }

    static Preset load(Transaction transaction, long id) throws SQLException, StoreException {
        return transaction
                .first(Presets::preset, "SELECT * FROM preset WHERE id = ?", id)
                .orElseThrow(() -> new StoreException.Refused("There is no preset " + id + "."));
    }

    private static Preset preset(ResultSet row) throws SQLException {
        return new Preset(
                row.getLong("id"),
                row.getString("name"),
                row.getString("system_prompt"),
                row.getString("sampling"));
    }
}
