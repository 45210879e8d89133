package io.step3.jinja;

/** A text in the making, which pays for every character before it is there. */
final class TextBuilder {

    /** Characters paid for at once. */
    private static final int PORTION = 256;

    private final Budget budget;
    private final StringBuilder text = new StringBuilder();
    private long paid;
    private long bytes;

    TextBuilder(Budget budget) {
        this.budget = budget;
    }

    private void pay(long more) {
        long needed = text.length() + more;
        if (needed > paid) {
            long portion = Math.max(PORTION, needed - paid);
            budget.write(portion);
            paid += portion;
            bytes += 40 + 2 * portion;
        }
    }

    TextBuilder append(String more) {
        pay(more.length());
        text.append(more);
        return this;
    }

    TextBuilder append(String more, int from, int to) {
        pay(to - from);
        text.append(more, from, to);
        return this;
    }

    TextBuilder append(char c) {
        pay(1);
        text.append(c);
        return this;
    }

    TextBuilder appendCodePoint(int c) {
        pay(2);
        text.appendCodePoint(c);
        return this;
    }

    TextBuilder repeat(String unit, long times) {
        if (times > 0 && !unit.isEmpty()) {
            pay(Math.multiplyExact(Math.min(times, Integer.MAX_VALUE), (long) unit.length()));
            text.repeat(unit, (int) times);
        }
        return this;
    }

    /** What was taken of the budget's memory. */
    long bytes() {
        return bytes;
    }

    int length() {
        return text.length();
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
