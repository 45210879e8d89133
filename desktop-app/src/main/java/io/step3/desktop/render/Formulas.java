package io.step3.desktop.render;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import javafx.application.Platform;

/**
 * Draws formulas on a thread of its own and keeps the last few thousand. To be used on the FX
 * thread.
 */
public final class Formulas implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Formulas.class.getName());
    private static final int KEPT = 2000;

    private record Key(String source, boolean display) {}

    private final Map<Key, Optional<Formula>> drawn =
            new LinkedHashMap<>(64, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<Key, Optional<Formula>> eldest) {
                    return size() > KEPT;
                }
            };
    private final Map<Key, List<Consumer<Formula>>> waiting = new LinkedHashMap<>();
    private final FormulaReader reader = new FormulaReader();
    private final Executor drawing;
    private final ExecutorService owned;
    private final Executor fx;

    /** Draws on a background thread. */
    public Formulas() {
        owned =
                Executors.newSingleThreadExecutor(
                        Thread.ofPlatform().daemon().name("formulas").factory());
        drawing = owned;
        fx = Platform::runLater;
    }

    /** For tests: draws where it is told to. */
    Formulas(Executor drawing, Executor fx) {
        this.drawing = drawing;
        this.fx = fx;
        this.owned = null;
    }

    /**
     * Draws a formula. If it cannot be drawn, the consumer is never called: the source stays.
     *
     * @param ready called on the FX thread, at the earliest after this method has returned
     */
    void request(String source, boolean display, Consumer<Formula> ready) {
        var key = new Key(source, display);
        Optional<Formula> known = drawn.get(key);
        if (known != null) {
            known.ifPresent(formula -> fx.execute(() -> ready.accept(formula)));
            return;
        }
        List<Consumer<Formula>> before = waiting.get(key);
        if (before != null) {
            before.add(ready);
            return;
        }
        waiting.put(key, new ArrayList<>(List.of(ready)));
        drawing.execute(
                () -> {
                    Optional<Formula> formula = draw(key);
                    fx.execute(() -> done(key, formula));
                });
    }

    private Optional<Formula> draw(Key key) {
        try {
            return reader.read(key.source(), key.display());
        } catch (RuntimeException | Error unexpected) {
            LOG.log(System.Logger.Level.WARNING, "A formula could not be drawn", unexpected);
            return Optional.empty();
        }
    }

    /** The formula if it has been drawn already. */
    Optional<Formula> known(String source, boolean display) {
        Optional<Formula> known = drawn.get(new Key(source, display));
        return known == null ? Optional.empty() : known;
    }

    private void done(Key key, Optional<Formula> formula) {
        drawn.put(key, formula);
        List<Consumer<Formula>> ready = waiting.remove(key);
        formula.ifPresent(outline -> ready.forEach(consumer -> consumer.accept(outline)));
    }

    @Override
    public void close() {
        if (owned != null) {
            owned.shutdownNow();
        }
    }
}
