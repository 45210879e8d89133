package io.step3.training.lessons;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import io.step3.image.ImagePlan;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LessonsTest {

    private static final int MANY = 3000;

    @Test
    void theSameNumberGivesTheSameLesson() {
        var lessons = new Lessons(Lessons.Split.TRAINING, 7);
        var again = new Lessons(Lessons.Split.TRAINING, 7);
        for (int i = 0; i < 200; i++) {
            Lesson one = lessons.lesson(i, 1);
            Lesson two = again.lesson(i, 1);
            assertEquals(one.messages(), two.messages());
            assertEquals(one.reasoning(), two.reasoning());
            assertEquals(one.picture().isPresent(), two.picture().isPresent());
            if (one.picture().isPresent()) {
                assertArrayEquals(one.picture().get().rgb(), two.picture().get().rgb());
            }
        }
    }

    @Test
    void noExaminedPictureIsEverTrainedOn() {
        Set<Integer> trained = new HashSet<>();
        var lessons = new Lessons(Lessons.Split.TRAINING, 7);
        for (int i = 0; i < 500; i++) {
            lessons.lesson(i, 1)
                    .picture()
                    .ifPresent(picture -> trained.add(java.util.Arrays.hashCode(picture.rgb())));
        }
        for (Lesson lesson : Examination.lessons(7, 300)) {
            lesson.picture()
                    .ifPresent(
                            picture ->
                                    assertFalse(
                                            trained.contains(
                                                    java.util.Arrays.hashCode(picture.rgb()))));
        }
    }

    private static List<Lesson> texts(boolean examining, int count) {
        return LongStream.range(0, count)
                .mapToObj(number -> new Dice(Lessons.mix(number), examining))
                .map(dice -> Lessons.text(dice, "", dice.between(Lessons.TEXT, 1)))
                .toList();
    }

    private static Set<String> asked(List<Lesson> lessons) {
        return lessons.stream()
                .flatMap(lesson -> lesson.messages().stream())
                .filter(message -> message.role().equals("user"))
                .map(message -> HeldOut.plain(message.text()))
                .collect(Collectors.toSet());
    }

    @Test
    void nothingThatIsExaminedWithoutAPictureIsEverTrainedOn() {
        Set<String> trained = asked(texts(false, 20 * MANY));
        Set<String> examined = asked(texts(true, MANY));
        assertTrue(examined.size() > 1000 && trained.size() > 20_000);
        examined.retainAll(trained);
        assertEquals(Set.of(), examined);
    }

    @Test
    void aSumThatIsKeptIsKeptHoweverItIsAskedForAndInPicturesToo() {
        Set<String> trained = sums(false);
        Set<String> examined = sums(true);
        assertTrue(trained.size() > 500 && examined.size() > 200);
        examined.retainAll(trained);
        assertEquals(Set.of(), examined);
    }

    private static Set<String> sums(boolean examining) {
        Stream<Lesson> drawn =
                LongStream.range(0, 150)
                        .mapToObj(number -> new Dice(Lessons.mix(number), examining))
                        .map(dice -> Lessons.drawn(dice, ""));
        return Stream.concat(texts(examining, MANY).stream(), drawn)
                .map(Lesson::answer)
                .filter(answer -> answer.matches("\\d+ [+-] \\d+ = -?\\d+\\."))
                .collect(Collectors.toSet());
    }

    @Test
    void trainingShowsPicturesThatAreCutAndAsksUpToThreeQuestionsBefore() {
        var lessons = new Lessons(Lessons.Split.TRAINING, 10);
        int pictures = 0;
        int cut = 0;
        int fourth = 0;
        for (int i = 0; i < 200; i++) {
            Lesson lesson = lessons.lesson(i, 1);
            if (lesson.picture().isPresent()) {
                Picture picture = lesson.picture().get();
                pictures++;
                cut += ImagePlan.of(picture.width(), picture.height()).crops() > 0 ? 1 : 0;
                fourth += lesson.messages().size() > 6 ? 1 : 0;
            }
        }
        assertTrue(cut > pictures / 30 && cut < pictures / 4, cut + " of " + pictures);
        assertTrue(fourth > pictures / 20 && fourth < pictures / 3, fourth + " of " + pictures);
    }

    @Test
    void allSkillsAreExaminedAndPicturesNeedNoCrops() {
        Set<Skill> seen = EnumSet.noneOf(Skill.class);
        for (Lesson lesson : Examination.lessons(1, MANY)) {
            seen.add(lesson.skill());
            lesson.picture()
                    .ifPresent(
                            picture -> {
                                int longer = Math.max(picture.width(), picture.height());
                                int shorter = Math.min(picture.width(), picture.height());
                                assertTrue(longer <= 728 && longer <= 1.5 * shorter);
                            });
            assertEquals("user", lesson.messages().getLast().role());
        }
        assertEquals(EnumSet.allOf(Skill.class), seen);
    }

    @Test
    void sumsAndDifferencesAreRight() {
        Pattern equation = Pattern.compile("(\\d+) ([+-]) (\\d+) = (-?\\d+)\\.");
        int found = 0;
        for (Lesson lesson : Examination.lessons(2, MANY)) {
            Matcher matcher = equation.matcher(lesson.answer());
            if (matcher.matches()) {
                int a = Integer.parseInt(matcher.group(1));
                int b = Integer.parseInt(matcher.group(3));
                int result = matcher.group(2).equals("+") ? a + b : a - b;
                assertEquals(result, Integer.parseInt(matcher.group(4)), lesson.answer());
                found++;
            }
        }
        assertTrue(found > 200);
    }

    @Test
    void everyStepOfASumIsRight() {
        Pattern step = Pattern.compile("(\\d+)([+-])(\\d)([+-])(\\d)=(\\d+) write .*");
        int found = 0;
        for (Lesson lesson : Examination.lessons(3, MANY)) {
            for (String line : lesson.reasoning().split("\n")) {
                Matcher matcher = step.matcher(line);
                if (matcher.matches()) {
                    int sign = matcher.group(2).equals("+") ? 1 : -1;
                    int result =
                            Integer.parseInt(matcher.group(1))
                                    + sign * Integer.parseInt(matcher.group(3))
                                    + sign * Integer.parseInt(matcher.group(5));
                    assertEquals(result, Integer.parseInt(matcher.group(6)), line);
                    found++;
                }
            }
        }
        assertTrue(found > 300);
    }

    @Test
    void aCountedSceneIsDrawnAsDescribed() {
        var dice = new Dice(11, false);
        for (int count = 0; count <= 9; count++) {
            Scene scene = Scene.draw(dice, count, Scene.Choice.FREE);
            assertEquals(count, scene.things().size());
            for (int row = 0; row < 3; row++) {
                List<Scene.Thing> things = scene.rows().get(row);
                for (int i = 0; i < things.size(); i++) {
                    double y = things.get(i).y() / scene.picture().height() * 3;
                    assertEquals(row, (int) y);
                    assertTrue(i == 0 || things.get(i - 1).x() < things.get(i).x());
                }
            }
        }
    }

    @Test
    void whatIsHardGetsMoreRoomOnceTheRestIsLearned() {
        var lessons = new Lessons(Lessons.Split.TRAINING, 9);
        int[] pictures = new int[2];
        int[] letters = new int[2];
        int[] positions = new int[2];
        int count = 800;
        for (int i = 0; i < count; i++) {
            for (int later = 0; later < 2; later++) {
                // At 1 everything is learned, and another training only adds to it.
                Lesson lesson = lessons.lesson(i, 0.99 * later);
                pictures[later] += lesson.picture().isPresent() ? 1 : 0;
                letters[later] += lesson.skill() == Skill.LETTERS ? 1 : 0;
                positions[later] += lesson.skill() == Skill.POSITION ? 1 : 0;
            }
        }
        assertEquals(0.62, (double) pictures[0] / count, 0.05);
        assertEquals(0.65, (double) pictures[1] / count, 0.05);
        assertEquals(0.05, (double) letters[0] / count, 0.03);
        assertEquals(0.08, (double) letters[1] / count, 0.03);
        assertEquals(0.46 * 0.12, (double) positions[0] / count, 0.03);
        assertEquals(0.42 * 0.22, (double) positions[1] / count, 0.03);
    }

    @Test
    void everyShapeIsNamedBeforeItCounts() {
        Pattern item =
                Pattern.compile(
                        "(red|green|blue|yellow|orange|purple) (circle|square|triangle|star)"
                                + "( = [a-z]+)?( \\d)?");
        Set<Skill> listing = EnumSet.noneOf(Skill.class);
        for (Lesson lesson : Examination.lessons(4, MANY)) {
            List<String[]> rows = rows(lesson.reasoning());
            if (lesson.picture().isEmpty() || rows.isEmpty()) {
                continue;
            }
            listing.add(lesson.skill());
            assertEquals(3, rows.size(), lesson.reasoning());
            for (String[] row : rows) {
                for (String words : row) {
                    assertTrue(item.matcher(words).matches(), lesson.reasoning());
                }
            }
        }
        Set<Skill> scenes = EnumSet.range(Skill.COUNT, Skill.DESCRIBE);
        assertTrue(listing.containsAll(scenes), listing + " of " + scenes);
    }

    /** What is listed from top to bottom; empty rows have nothing. */
    private static List<String[]> rows(String reasoning) {
        return reasoning
                .lines()
                .limit(3)
                .filter(line -> line.matches("(Top|Middle|Bottom): .*"))
                .map(line -> line.replaceFirst("^\\w+: (nothing)?", ""))
                .map(line -> line.isEmpty() ? new String[0] : line.split(", "))
                .toList();
    }

    @Test
    void whatIsLeftOfOrAboveFollowsFromTheList() {
        Pattern answer =
                Pattern.compile(
                        "(Yes, the|No, the|The|Nothing) ?(.*) is (left of|right of|above|below) the (.*)\\.");
        int found = 0;
        for (Lesson lesson : Examination.lessons(6, MANY)) {
            Matcher matcher = answer.matcher(lesson.answer());
            if (lesson.skill() != Skill.POSITION) {
                continue;
            }
            assertTrue(matcher.matches(), lesson.answer());
            found++;
            List<List<String>> rows =
                    rows(lesson.reasoning().replaceAll(" \\d", "")).stream().map(List::of).toList();
            String relation = matcher.group(3);
            boolean direct = !matcher.group(1).contains(",");
            int step = relation.equals("left of") || relation.equals("above") ? -1 : 1;
            int row = rowOf(rows, matcher.group(4));
            if (relation.equals("above") || relation.equals("below")) {
                assertEquals(row + step, rowOf(rows, matcher.group(2)), lesson.reasoning());
                assertTrue(!direct || rows.get(row + step).size() == 1, lesson.reasoning());
            } else if (matcher.group(1).equals("Nothing")) {
                int end = step < 0 ? 0 : rows.get(row).size() - 1;
                assertEquals(end, rows.get(row).indexOf(matcher.group(4)), lesson.reasoning());
            } else {
                assertEquals(row, rowOf(rows, matcher.group(2)), lesson.reasoning());
                int away =
                        rows.get(row).indexOf(matcher.group(2))
                                - rows.get(row).indexOf(matcher.group(4));
                assertTrue(direct ? away == step : away * step > 0, lesson.reasoning());
            }
        }
        assertTrue(found > 100);
    }

    private static int rowOf(List<List<String>> rows, String thing) {
        for (int row = 0; row < rows.size(); row++) {
            if (rows.get(row).contains(thing)) {
                return row;
            }
        }
        throw new AssertionError(thing + " is not in " + rows);
    }

    @Test
    void landmarksStandWhereThingsAreDrawn() {
        // Plain sheets, whose shades are known.
        var dice = new Dice(12, true);
        for (int i = 0; i < 20; i++) {
            Scene scene = Scene.draw(dice, 5, Scene.Choice.FREE);
            List<Landmark> landmarks = scene.picture().landmarks();
            assertEquals(5, landmarks.size());
            for (int j = 0; j < 5; j++) {
                Scene.Thing thing = scene.things().get(j);
                Landmark landmark = landmarks.get(j);
                assertEquals(Landmark.Kind.SHAPE, Landmark.kind(landmark.kind()));
                assertColour(thing.colour(), scene.picture(), landmark.x(), landmark.y());
            }
            Chart chart = Chart.draw(dice, 4);
            for (int j = 0; j < 4; j++) {
                Landmark landmark = chart.picture().landmarks().get(j);
                assertEquals(Landmark.Kind.BAR, Landmark.kind(landmark.kind()));
                Colour colour = chart.bars().get(j).colour();
                assertColour(colour, chart.picture(), landmark.x(), landmark.y() + 0.03);
            }
            List<Landmark> glyphs = Handwriting.draw(dice, "40+7").landmarks();
            assertEquals(4, glyphs.size());
            assertTrue(glyphs.get(0).x() < glyphs.get(1).x());
            assertTrue(glyphs.get(2).x() < glyphs.get(3).x());
            assertEquals(4, glyphs.stream().mapToInt(Landmark::kind).distinct().count());
        }
    }

    private static void assertColour(Colour colour, Picture picture, double x, double y) {
        int column = (int) (x * picture.width());
        int row = (int) (y * picture.height());
        java.awt.Color shade = colour.shade(new Dice(1, false));
        int[] wanted = {shade.getRed(), shade.getGreen(), shade.getBlue()};
        for (int channel = 0; channel < 3; channel++) {
            int value = picture.rgb()[3 * (row * picture.width() + column) + channel] & 255;
            // Two shades and the noise.
            assertEquals(wanted[channel], value, 28 + 16, colour + " at " + column + "," + row);
        }
    }

    @Test
    void scoresReadBack() {
        var scores = new Scores(5);
        List<Lesson> lessons = Examination.lessons(5, 50);
        for (Lesson lesson : lessons) {
            scores.add(lesson, lesson.answer().length() % 2 == 0 ? lesson.answer() + "\n" : "no");
        }
        var json = JsonParser.parseString(scores.toJson().toString()).getAsJsonObject();
        assertEquals(scores.toTable(), Scores.fromJson(json).toTable());
        assertEquals(50, scores.examples());
        assertTrue(scores.share() > 0 && scores.share() < 1);
    }
}
