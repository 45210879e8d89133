package io.step3.tests.foreign;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * A drawing of some items.
 *
 * @param style how it is drawn
 * @param items what is on it
 * @param bytes the encoded file
 */
record Drawing(Style style, List<Item> items, byte[] bytes) {

    /**
     * How the items are to be chosen.
     *
     * @param count how many
     * @param distinct whether no two are alike
     * @param large whether one is much larger than the others
     * @param line whether all stand side by side
     */
    record Plan(int count, boolean distinct, boolean large, boolean line) {}

    static Drawing of(Random random, Style style, Plan plan) throws IOException {
        List<Item> items = null;
        while (items == null) {
            items = plan.line() ? line(random, style, plan) : anywhere(random, style, plan);
        }
        return new Drawing(style, items, Painter.paint(style, items));
    }

    private static List<Item> line(Random random, Style style, Plan plan) {
        int step = style.width / plan.count();
        int side = Math.min(step * 3 / 5, style.height / 3);
        int y = style.height / 2 + random.nextInt(style.height / 8) - style.height / 16;
        var items = new ArrayList<Item>();
        for (int i = 0; i < plan.count(); i++) {
            items.add(any(random, step * i + step / 2, y, side));
        }
        return alike(items) && plan.distinct() ? null : List.copyOf(items);
    }

    /** On the squares of a grid of three rows, or on any place that is free. */
    private static List<Item> anywhere(Random random, Style style, Plan plan) {
        int shorter = Math.min(style.width, style.height);
        boolean grid = random.nextBoolean() && !plan.large();
        int most = plan.large() ? shorter * 9 / 40 : shorter / 4;
        int size = most - random.nextInt(Math.max(1, most / 3));
        var items = new ArrayList<Item>();
        for (int i = 0; i < plan.count(); i++) {
            int side = plan.large() && i == 0 ? shorter * 2 / 5 : size;
            if (!place(random, style, items, side, grid)) {
                return null;
            }
        }
        return plan.distinct() && alike(items) ? null : List.copyOf(items);
    }

    private static boolean place(
            Random random, Style style, List<Item> items, int side, boolean grid) {
        for (int tries = 0; tries < 50; tries++) {
            int x;
            int y;
            if (grid) {
                x = style.width * (2 * random.nextInt(4) + 1) / 8;
                y = style.height * (2 * random.nextInt(3) + 1) / 6;
            } else {
                x = side * 3 / 5 + random.nextInt(style.width - side * 6 / 5);
                y = side * 3 / 5 + random.nextInt(style.height - side * 6 / 5);
            }
            boolean free =
                    items.stream()
                            .allMatch(
                                    other ->
                                            Math.max(
                                                            Math.abs(other.x() - x),
                                                            Math.abs(other.y() - y))
                                                    > (other.size() + side) * 11 / 20);
            if (free) {
                items.add(any(random, x, y, side));
                return true;
            }
        }
        return false;
    }

    private static Item any(Random random, int x, int y, int side) {
        return new Item(
                Item.COLOURS.get(random.nextInt(Item.COLOURS.size())),
                Item.SHAPES.get(random.nextInt(Item.SHAPES.size())),
                x,
                y,
                side);
    }

    private static boolean alike(List<Item> items) {
        return items.stream().map(Item::words).distinct().count() < items.size();
    }

    Item largest() {
        return items.stream().max(Comparator.comparingInt(Item::size)).orElseThrow();
    }
}
