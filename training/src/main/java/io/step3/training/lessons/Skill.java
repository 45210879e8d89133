package io.step3.training.lessons;

/** What is taught, and the share of right answers below which a model has not learned it. */
public enum Skill {
    COUNT("count all shapes", 0.95),
    COUNT_COLOUR("count by colour", 0.95),
    COUNT_SHAPE("count by shape", 0.95),
    COUNT_BOTH("count by colour and shape", 0.95),
    PRESENCE("is there a ...", 0.95),
    MORE("which is more", 0.85),
    LARGEST("the largest", 0.85),
    POSITION("left of, above", 0.85),
    DESCRIBE("describe a picture", 0.85),
    CHART("bar charts", 0.85),
    DIGITS("read a number", 0.85),
    PICTURE_SUM("read and add", 0.85),
    FOLLOW_UP("follow-up on a picture", 0.85),
    ADD("addition", 0.95),
    SUBTRACT("subtraction", 0.95),
    COMPARE("compare numbers", 0.85),
    SORT("sort numbers", 0.85),
    LETTERS("count letters", 0.85),
    SMALL_TALK("small talk", 0.85),
    CHINESE("small talk in Chinese", 0.85),
    MISSING("no picture, or another kind of picture", 0.85),
    LIMITS("off-topic", 0.98),
    CHINESE_LIMITS("off-topic in Chinese", 0.98);

    private final String label;
    private final double floor;

    Skill(String label, double floor) {
        this.label = label;
        this.floor = floor;
    }

    /** A name for tables. */
    public String label() {
        return label;
    }

    /** The least share of right answers, 0 to 1. */
    public double floor() {
        return floor;
    }
}
