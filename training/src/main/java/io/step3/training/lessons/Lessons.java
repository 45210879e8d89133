package io.step3.training.lessons;

import io.step3.training.lessons.Lesson.Message;
import io.step3.training.lessons.Lesson.Place;
import io.step3.training.lessons.SceneQuestions.Filter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Makes lessons. The same split, seed and number give the same lesson on every machine. */
public final class Lessons {

    /** Shapes in a scene at the end of the curriculum. */
    private static final int MOST_SHAPES = 9;

    /** How far the curriculum is when sums and talk are learned. */
    private static final double TEXT_LEARNED = 0.3;

    /** How far it is when counting is. */
    private static final double COUNTING_LEARNED = 0.6;

    /**
     * Where the kinds of lessons end, of numbers from 0 to 1: scenes, charts and digits, addition,
     * subtraction, comparing, sorting, letters, small talk, Chinese, missing pictures, off-topic.
     */
    private static final double[] KINDS = {
        0.46, 0.62, 0.68, 0.74, 0.77, 0.81, 0.86, 0.89, 0.91, 0.925, 1
    };

    /** Where the kinds without a picture begin. */
    static final double TEXT = KINDS[1];

    /**
     * The share of each kind once sums and talk are learned, when they need only be kept in mind:
     * seeing, sorting and spelling take longest.
     */
    private static final double[] LATER = {
        0.42, 0.23, 0.02, 0.02, 0.01, 0.08, 0.08, 0.02, 0.01, 0.02, 0.09
    };

    /** The share of each kind once all of it is learned, and only strange pictures are new. */
    private static final double[] LAST = {
        0.31, 0.15, 0.03, 0.09, 0.01, 0.1, 0.06, 0.05, 0.05, 0.02, 0.13
    };

    /**
     * Where the kinds of questions about scenes end, of numbers from 0 to 1: counts, counts that
     * are followed by another, presence, which is more, descriptions, the largest, positions, what
     * is no question about a scene.
     */
    private static final double[] SCENE_KINDS = {0.4, 0.5, 0.59, 0.66, 0.71, 0.81, 0.93, 1};

    /** The share of each kind once counting is learned. */
    private static final double[] SCENE_LATER = {0.2, 0.05, 0.07, 0.25, 0.08, 0.09, 0.22, 0.04};

    /**
     * The two sets. They share no picture, and nothing that is asked without one: {@link HeldOut}
     * says what is kept.
     */
    public enum Split {
        TRAINING,
        EXAMINATION
    }

    private final Split split;
    private final long seed;

    /** Lessons of one split and seed. */
    public Lessons(Split split, long seed) {
        this.split = split;
        this.seed = seed;
    }

    /**
     * A lesson.
     *
     * @param number which
     * @param progress how far the curriculum is, 0 to 1; pictures start simple
     */
    public Lesson lesson(long number, double progress) {
        // The split is mixed into every seed, so no choice of numbers makes one split's lessons
        // appear in the other.
        long mixed = mix(mix(mix(split.ordinal() + 1) + seed) + number);
        var dice = new Dice(mixed, split == Split.EXAMINATION);
        String system = dice.chance(0.06) ? dice.pick(SYSTEMS) : "";
        double kind = dice.between(0.0, 1.0);
        if (split == Split.TRAINING && progress > TEXT_LEARNED) {
            kind = later(kind, KINDS, progress < 1 ? LATER : LAST);
        }
        if (kind < KINDS[0]) {
            boolean later = split == Split.TRAINING && progress > COUNTING_LEARNED;
            return scene(dice, system, progress, later);
        }
        if (kind < KINDS[1]) {
            return drawn(dice, system);
        }
        return text(dice, system, kind);
    }

    /** Turns a number from 0 to 1 into one that is as likely to be of a kind as the shares say. */
    private static double later(double number, double[] ends, double[] shares) {
        double before = 0;
        int kind = 0;
        while (kind < shares.length - 1 && number > before + shares[kind]) {
            before += shares[kind++];
        }
        double from = kind == 0 ? 0 : ends[kind - 1];
        return from + (number - before) / shares[kind] * (ends[kind] - from);
    }

    private static final List<String> SYSTEMS =
            List.of(
                    "You are a helpful assistant.",
                    "You are a careful assistant.",
                    "Be brief.",
                    "Answer the question.",
                    "You are Step3.");

    private static Lesson scene(Dice dice, String system, double progress, boolean later) {
        int most = (int) Math.clamp(1 + progress * 60, 1, MOST_SHAPES);
        int count = dice.chance(0.65) ? dice.between(1, Math.min(5, most)) : dice.between(1, most);
        int kind = dice.between(0, 99);
        if (later) {
            double fine = (kind + dice.between(0.0, 1.0)) / 100;
            kind = Math.min(99, (int) (100 * later(fine, SCENE_KINDS, SCENE_LATER)));
        }
        if (dice.chance(0.01)) {
            count = 0;
            kind = 0;
        }
        Scene scene;
        if (kind < 50) {
            scene = Scene.draw(dice, count, Scene.Choice.FREE);
            var filter = SceneQuestions.filter(dice, scene);
            Exchange first = SceneQuestions.count(dice, scene, filter);
            if (kind >= 40) {
                return followUp(dice, system, scene, filter, first);
            }
            return dice.examining()
                    ? lesson(dice, system, scene.picture(), first)
                    : later(dice, system, scene, first);
        }
        if (kind < 71) {
            scene = Scene.draw(dice, count, Scene.Choice.FREE);
            Exchange exchange =
                    kind < 59
                            ? SceneQuestions.presence(dice, scene)
                            : kind < 66
                                    ? SceneQuestions.more(dice, scene)
                                    : SceneQuestions.describe(dice, scene);
            return later(dice, system, scene, exchange);
        }
        if (kind < 81) {
            scene = Scene.draw(dice, Math.max(2, Math.min(count, 5)), Scene.Choice.ONE_LARGE);
            return later(dice, system, scene, SceneQuestions.largest(dice, scene));
        }
        if (kind < 93) {
            Exchange exchange;
            do {
                scene = Scene.draw(dice, dice.between(2, 5), Scene.Choice.DISTINCT);
                exchange = SceneQuestions.position(dice, scene);
            } while (exchange == null);
            return later(dice, system, scene, exchange);
        }
        scene = Scene.draw(dice, count, Scene.Choice.FREE);
        Exchange exchange =
                kind < 98
                        ? ofSplit(dice, () -> OffTopic.english(dice, true))
                        : Mismatch.aboutShapes(dice);
        return later(dice, system, scene, exchange);
    }

    /** The second to fourth question about a scene, which only says what is other than before. */
    private static Lesson followUp(
            Dice dice, String system, Scene scene, Filter filter, Exchange first) {
        var exchanges = new ArrayList<Exchange>();
        if (dice.chance(0.15)) {
            exchanges.add(any(dice, scene));
        }
        exchanges.add(first);
        Filter last = filter;
        for (int more = dice.chance(0.3) ? 2 : 1; more > 0; more--) {
            var next = SceneQuestions.continuation(dice, scene, last);
            exchanges.add(SceneQuestions.another(dice, scene, next));
            last = next.filter();
        }
        return lesson(dice, system, scene.picture(), exchanges.toArray(Exchange[]::new));
    }

    /** Mostly the question alone, sometimes after up to three others. */
    private static Lesson later(Dice dice, String system, Scene scene, Exchange exchange) {
        var exchanges = new ArrayList<Exchange>();
        for (int before = turnsBefore(dice); before > 0; before--) {
            exchanges.add(any(dice, scene));
        }
        exchanges.add(exchange);
        return lesson(dice, system, scene.picture(), exchanges.toArray(Exchange[]::new));
    }

    private static int turnsBefore(Dice dice) {
        double turns = dice.between(0.0, 1.0);
        double none = dice.examining() ? 0.7 : 0.45;
        double more = (1 - none) / 3;
        return turns < none ? 0 : turns < none + more ? 1 : turns < none + 2 * more ? 2 : 3;
    }

    private static Exchange any(Dice dice, Scene scene) {
        int kind = dice.between(0, 9);
        if (kind < 6) {
            return SceneQuestions.count(dice, scene, SceneQuestions.filter(dice, scene));
        }
        if (kind < 8 || scene.things().isEmpty()) {
            return SceneQuestions.presence(dice, scene);
        }
        return kind == 8 ? SceneQuestions.more(dice, scene) : SceneQuestions.describe(dice, scene);
    }

    /** A lesson about a chart or digits. */
    static Lesson drawn(Dice dice, String system) {
        if (dice.chance(0.45)) {
            Chart chart = Chart.draw(dice, dice.between(2, 5));
            double kind = dice.between(0.0, 1.0);
            Exchange exchange =
                    kind < 0.85
                            ? ChartQuestions.any(dice, chart)
                            : kind < 0.93
                                    ? ChartQuestions.describe(dice, chart)
                                    : kind < 0.96
                                            ? ofSplit(dice, () -> OffTopic.english(dice, true))
                                            : Mismatch.aboutChart(dice);
            var exchanges = new ArrayList<Exchange>();
            for (int before = turnsBefore(dice); before > 0; before--) {
                exchanges.add(ChartQuestions.any(dice, chart));
            }
            exchanges.add(exchange);
            return lesson(dice, system, chart.picture(), exchanges.toArray(Exchange[]::new));
        }
        boolean sum = dice.chance(0.5);
        int a;
        int b;
        do {
            a = Arithmetic.number(dice, sum ? 2 : 3);
            b = Arithmetic.number(dice, 2);
        } while (sum && HeldOut.isKept(Arithmetic.addition(a, b)) != dice.examining());
        String text = sum ? a + "+" + b : String.valueOf(a);
        Picture picture = Handwriting.draw(dice, text);
        double kind = dice.between(0.0, 1.0);
        Exchange exchange;
        if (kind < 0.82) {
            exchange = sum ? DigitQuestions.sum(dice, a, b) : DigitQuestions.number(dice, a);
        } else if (kind < 0.92) {
            exchange = DigitQuestions.describe(dice, text);
        } else {
            exchange =
                    kind < 0.95
                            ? ofSplit(dice, () -> OffTopic.english(dice, true))
                            : Mismatch.aboutDigits(dice);
        }
        return lesson(dice, system, picture, exchange);
    }

    /** A lesson without a picture, of the kind that a number from {@link #TEXT} to 1 stands for. */
    static Lesson text(Dice dice, String system, double kind) {
        Exchange exchange = ofSplit(dice, () -> exchange(dice, kind));
        if (dice.chance(0.15)) {
            Exchange before = ofSplit(dice, () -> chat(dice));
            return lesson(dice, system, null, before, exchange);
        }
        return lesson(dice, system, null, exchange);
    }

    /** Throws until what comes is for training, or is kept for examinations. */
    private static Exchange ofSplit(Dice dice, Supplier<Exchange> source) {
        Exchange exchange;
        do {
            exchange = source.get();
        } while (HeldOut.isKept(exchange) != dice.examining());
        return exchange;
    }

    private static Exchange exchange(Dice dice, double kind) {
        if (kind < KINDS[2]) {
            return Arithmetic.add(dice);
        } else if (kind < KINDS[3]) {
            return Arithmetic.subtract(dice);
        } else if (kind < KINDS[4]) {
            return Arithmetic.compare(dice);
        } else if (kind < KINDS[5]) {
            return Arithmetic.sort(dice);
        } else if (kind < KINDS[6]) {
            return Letters.any(dice);
        } else if (kind < KINDS[7]) {
            return SmallTalk.english(dice);
        } else if (kind < KINDS[8]) {
            return dice.chance(0.5) ? SmallTalk.chinese(dice) : OffTopic.chinese(dice);
        } else if (kind < KINDS[9]) {
            return Mismatch.noPicture(dice);
        } else {
            return OffTopic.english(dice, false);
        }
    }

    private static Exchange chat(Dice dice) {
        return switch (dice.between(0, 3)) {
            case 0 -> Arithmetic.add(dice);
            case 1 -> OffTopic.english(dice, false);
            default -> SmallTalk.english(dice);
        };
    }

    private static Lesson lesson(Dice dice, String system, Picture picture, Exchange... exchanges) {
        var messages = new ArrayList<Message>();
        List<Exchange> all = new ArrayList<>(List.of(exchanges));
        if (picture != null) {
            // The picture may come after some talk, and thanks may come after the picture.
            if (dice.chance(0.04)) {
                all.addFirst(SmallTalk.english(dice));
            } else if (dice.chance(0.02)) {
                all.addLast(SmallTalk.english(dice));
            }
        }
        int shown = all.indexOf(exchanges[0]);
        for (int i = 0; i < all.size(); i++) {
            Exchange exchange = all.get(i);
            boolean here = picture != null && i == shown;
            Place place = here ? dice.chance(0.9) ? Place.BEFORE : Place.AFTER : Place.NONE;
            messages.add(new Message("user", exchange.question(), place));
            if (i < all.size() - 1) {
                messages.add(Message.assistant(exchange.answer()));
            }
        }
        Exchange last = all.getLast();
        return new Lesson(
                last.skill(),
                system,
                List.copyOf(messages),
                Optional.ofNullable(picture),
                last.reasoning(),
                last.answer());
    }

    /** The finalizer of MurmurHash3. */
    static long mix(long value) {
        long z = value * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 33) * 0xFF51AFD7ED558CCDL;
        z = (z ^ z >>> 33) * 0xC4CEB9FE1A85EC53L;
        return z ^ z >>> 33;
    }
}
