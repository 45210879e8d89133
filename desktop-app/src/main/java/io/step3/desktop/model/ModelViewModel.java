package io.step3.desktop.model;

import io.step3.chat.Cancellation;
import io.step3.chat.ChatModel;
import io.step3.desktop.store.Settings;
import io.step3.generate.InspectableModel;
import io.step3.image.ImageTokens;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;

/** The model that answers, and those that could. */
public final class ModelViewModel {

    private static final String LAST = "model.last";
    private static final String RECENT = "model.recent";
    private static final int RECENT_LIMIT = 12;

    private final Tasks tasks;
    private final ModelLoader loader;
    private final Settings settings;
    private final NoticesViewModel notices;
    private final java.util.function.Supplier<Words> words;
    private final ReadOnlyObjectWrapper<ModelState> state =
            new ReadOnlyObjectWrapper<>(new ModelState.None());

    /** Ends the loading that is under way; the engine's thread reads it. */
    private Cancellation loading = new Cancellation();

    /** What is loaded again if the loading that is under way is cancelled. */
    private Optional<ModelChoice> before = Optional.empty();

    ModelViewModel(
            Tasks tasks,
            ModelLoader loader,
            Settings settings,
            NoticesViewModel notices,
            java.util.function.Supplier<Words> words) {
        this.tasks = tasks;
        this.loader = loader;
        this.settings = settings;
        this.notices = notices;
        this.words = words;
    }

    /** How far it is. */
    public ReadOnlyObjectProperty<ModelState> stateProperty() {
        return state.getReadOnlyProperty();
    }

    /** The model, once it is ready. */
    public Optional<ChatModel> ready() {
        return state.get() instanceof ModelState.Ready(ModelChoice _, ChatModel model)
                ? Optional.of(model)
                : Optional.empty();
    }

    /** How many tokens a picture becomes for the model that is ready, if that is known. */
    public Optional<ImageTokens> imageTokens() {
        return ready().flatMap(
                        model ->
                                model instanceof InspectableModel local
                                        ? local.imageTokens()
                                        : Optional.empty());
    }

    /** What was used last, or the built-in model. */
    public Optional<ModelChoice> preferred() {
        return settings.get(LAST).map(ModelChoice::ofKey).or(ModelChoice::builtIn);
    }

    /** What the picker offers: the built-in model if there is one, then folders used before. */
    public List<ModelChoice> offered() {
        List<ModelChoice> offered = new ArrayList<>();
        ModelChoice.builtIn().ifPresent(offered::add);
        recentFolders().forEach(path -> offered.add(new ModelChoice.Folder(Path.of(path))));
        return offered;
    }

    private List<String> recentFolders() {
        return Arrays.stream(settings.get(RECENT).orElse("").split("\n"))
                .filter(line -> !line.isBlank())
                .toList();
    }

    /** Takes a folder off the picker. */
    public void forget(ModelChoice choice) {
        List<String> left = new ArrayList<>(recentFolders());
        left.remove(choice.key());
        settings.put(RECENT, String.join("\n", left));
    }

    private void remember(ModelChoice choice) {
        settings.put(LAST, choice.key());
        if (choice instanceof ModelChoice.Folder) {
            Set<String> recent = new LinkedHashSet<>();
            recent.add(choice.key());
            recent.addAll(recentFolders());
            settings.put(RECENT, String.join("\n", recent.stream().limit(RECENT_LIMIT).toList()));
        }
    }

    /** What a model takes; fails with a message for the person. */
    public CompletableFuture<ModelNeeds> needs(ModelChoice choice) {
        return CompletableFuture.supplyAsync(() -> ModelNeeds.of(choice), tasks.background());
    }

    /** The sentence for a failure. */
    public String sentence(Throwable failure) {
        return Failures.sentence(failure, words.get());
    }

    /**
     * Loads a model in place of the one in use, which is closed first: two do not fit. What it is
     * writing ends before, since the engine has one thread: see {@link Desk#use}, which stops it.
     */
    public void load(ModelChoice choice) {
        if (state.get() instanceof ModelState.Ready(ModelChoice inUse, ChatModel _)) {
            before = Optional.of(inUse);
        }
        loading.cancel();
        Cancellation own = new Cancellation();
        loading = own;
        Optional<ChatModel> old = ready();
        state.set(new ModelState.Loading(choice, 0, 0));
        tasks.engine()
                .execute(
                        () -> {
                            old.ifPresent(ChatModel::close);
                            if (!own.isCancelled()) {
                                load(choice, own);
                            }
                        });
    }

    private void load(ModelChoice choice, Cancellation own) {
        try {
            ChatModel model =
                    loader.load(
                            choice,
                            (done, total) -> {
                                own.throwIfCancelled();
                                show(own, new ModelState.Loading(choice, done, total));
                            });
            // The window asks for them in its own thread, which shall not wait.
            model.abilities();
            if (own.isCancelled()) {
                model.close();
                return;
            }
            show(own, new ModelState.Ready(choice, model));
            tasks.ui().execute(() -> remember(choice));
        } catch (CancellationException e) {
            // The state was set by who cancelled.
        } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
            show(own, new ModelState.Failed(choice, sentence(e)));
        }
    }

    private void show(Cancellation own, ModelState next) {
        tasks.ui()
                .execute(
                        () -> {
                            if (own == loading && !own.isCancelled()) {
                                state.set(next);
                            } else if (next
                                    instanceof ModelState.Ready(ModelChoice _, ChatModel model)) {
                                tasks.engine().execute(model::close);
                            }
                        });
    }

    /** Stops loading, and returns to the model that was in use before, if there was one. */
    public void cancelLoading() {
        if (!(state.get() instanceof ModelState.Loading(ModelChoice choice, int _, int _))) {
            return;
        }
        loading.cancel();
        state.set(new ModelState.None());
        Optional<ModelChoice> back = before.filter(earlier -> !earlier.equals(choice));
        before = Optional.empty();
        notices.info(
                back.map(
                                earlier ->
                                        words.get()
                                                .text(
                                                        "model.cancelledBack",
                                                        choice.name(),
                                                        earlier.name()))
                        .orElseGet(() -> words.get().text("model.cancelled", choice.name())));
        back.ifPresent(this::load);
    }

    /** Closes the model, on the engine's thread. */
    void close() {
        loading.cancel();
        ready().ifPresent(model -> tasks.engine().execute(model::close));
        state.set(new ModelState.None());
    }
}
