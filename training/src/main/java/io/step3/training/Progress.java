package io.step3.training;

import io.step3.training.lessons.Landmark;
import io.step3.training.lessons.Lesson;
import io.step3.training.lessons.Skill;
import io.step3.training.tokenizer.BpeTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/**
 * How the training goes, in files: {@code loss.csv}, {@code landmarks.csv}, {@code scores.csv} and
 * {@code samples.txt}.
 *
 * <p>A score is the share of lessons of which every token of reasoning and answer is the likeliest
 * one after those before it; greedy generation of such a lesson gives exactly it. The answer's
 * score alone, after the right reasoning, is beside it.
 */
final class Progress {

    private final Path folder;
    private final BpeTokenizer tokenizer;
    private final List<Lesson> lessons;
    private final List<MicroBatch> batches;
    private final List<MicroBatch> pictures;

    Progress(Path folder, BpeTokenizer tokenizer, Batches batches, List<Lesson> lessons) {
        this.folder = folder;
        this.tokenizer = tokenizer;
        this.lessons = lessons;
        this.batches = batches.of(lessons);
        this.pictures =
                batches.ofPictures(
                        lessons.stream().flatMap(lesson -> lesson.picture().stream()).toList());
    }

    /**
     * Takes back what was noted after a step: a training that is killed goes on from the last state
     * that it saved.
     */
    void backTo(long step) throws IOException {
        for (String name : List.of("loss.csv", "landmarks.csv", "scores.csv")) {
            keep(name, line -> !line.matches("\\d+,.*") || stepOf(line, ",") <= step);
        }
        // Samples are sections, each under the step that it is of.
        var late = new boolean[1];
        keep(
                "samples.txt",
                line -> {
                    if (line.matches("== step \\d+")) {
                        late[0] = stepOf(line.substring("== step ".length()), " ") > step;
                    }
                    return !late[0];
                });
    }

    private static long stepOf(String line, String end) {
        return Long.parseLong(line.split(end, 2)[0]);
    }

    private void keep(String name, Predicate<String> kept) throws IOException {
        Path file = folder.resolve(name);
        if (Files.exists(file)) {
            List<String> lines = Files.readAllLines(file);
            List<String> left = lines.stream().filter(kept).toList();
            if (left.size() < lines.size()) {
                Files.write(file, left);
            }
        }
    }

    /** Notes the mean of some steps. */
    void loss(long step, double seconds, Learner.Report mean, float rate) throws IOException {
        String line =
                String.format(
                        Locale.ROOT,
                        "%d,%.0f,%.4f,%.4f,%.3f,%.3f,%.6f%n",
                        step,
                        seconds,
                        mean.loss(),
                        mean.look(),
                        mean.balance(),
                        mean.norm(),
                        rate);
        append("loss.csv", "step,seconds,loss,look,balance,norm,rate\n", line);
        System.out.print(line);
    }

    /** Some pictures of the examination. */
    MicroBatch pictures() {
        return pictures.getFirst();
    }

    /**
     * Examines the vision tower alone: of the landmarks of each kind, how many are seen at their
     * place and as what they are.
     */
    void look(long step, Learner learner, boolean stored) throws IOException {
        Map<Landmark.Kind, int[]> counts = new EnumMap<>(Landmark.Kind.class);
        for (MicroBatch batch : pictures) {
            long[] seen = learner.seen(batch, stored);
            for (int i = 0; i < seen.length; i++) {
                int[] count =
                        counts.computeIfAbsent(Landmark.kind(batch.kinds()[i]), kind -> new int[2]);
                count[0]++;
                count[1] += seen[i] == batch.kinds()[i] ? 1 : 0;
            }
        }
        var line = new StringBuilder().append(step);
        var header = new StringBuilder("step");
        for (Landmark.Kind kind : Landmark.Kind.values()) {
            int[] count = counts.getOrDefault(kind, new int[2]);
            line.append(String.format(Locale.ROOT, ",%.4f", (double) count[1] / count[0]));
            header.append(',').append(kind);
        }
        append("landmarks.csv", header + "\n", line + "\n");
        System.out.println(header + " " + line);
    }

    /** Examines the network. */
    void score(long step, Learner learner, boolean stored) throws IOException {
        var wrong = new boolean[lessons.size()];
        var wrongAnswer = new boolean[lessons.size()];
        var said = new ArrayList<long[]>();
        for (int i = 0; i < lessons.size(); i++) {
            said.add(new long[0]);
        }
        int endOfThought = tokenizer.special(BpeTokenizer.END_OF_THOUGHT);
        for (MicroBatch batch : batches) {
            long[] likeliest = learner.likeliest(batch, stored);
            boolean answering = false;
            int owner = -1;
            int from = 0;
            for (int i = 0; i < likeliest.length; i++) {
                if (batch.owners()[i] != owner) {
                    owner = batch.owners()[i];
                    answering = false;
                    from = i;
                }
                if (likeliest[i] != batch.targets()[i]) {
                    wrong[owner] = true;
                    wrongAnswer[owner] |= answering;
                }
                answering |= batch.targets()[i] == endOfThought;
                said.set(owner, java.util.Arrays.copyOfRange(likeliest, from, i + 1));
            }
        }
        Map<Skill, int[]> counts = new EnumMap<>(Skill.class);
        var samples = new StringBuilder("== step " + step + "\n");
        for (int i = 0; i < lessons.size(); i++) {
            int[] count = counts.computeIfAbsent(lessons.get(i).skill(), skill -> new int[4]);
            count[0]++;
            count[1] += wrong[i] ? 0 : 1;
            count[2] += wrongAnswer[i] ? 0 : 1;
            if (wrong[i] && count[3]++ < 2) {
                Lesson lesson = lessons.get(i);
                samples.append(lesson.skill()).append(": ");
                samples.append(lesson.messages().getLast().text()).append("\n  should ");
                samples.append(Transcript.reply(lesson).replace("\n", " | ")).append("\n  says   ");
                samples.append(tokenizer.decode(said.get(i)).replace("\n", " | ")).append('\n');
            }
        }
        append("samples.txt", "", samples.toString());
        var line = new StringBuilder().append(step);
        var shown = new StringBuilder("step " + step + ":");
        int right = 0;
        for (Skill skill : Skill.values()) {
            int[] count = counts.getOrDefault(skill, new int[4]);
            right += count[1];
            double whole = count[0] == 0 ? Double.NaN : (double) count[1] / count[0];
            double answer = count[0] == 0 ? Double.NaN : (double) count[2] / count[0];
            line.append(String.format(Locale.ROOT, ",%.3f,%.3f", whole, answer));
            shown.append(
                    String.format(Locale.ROOT, " %s %.0f/%.0f", skill, 100 * whole, 100 * answer));
        }
        var header = new StringBuilder("step");
        for (Skill skill : Skill.values()) {
            header.append(',').append(skill).append(',').append(skill).append("_ANSWER");
        }
        append("scores.csv", header + "\n", line + "\n");
        System.out.printf(Locale.ROOT, "%s all %.1f%n", shown, 100.0 * right / lessons.size());
    }

    private void append(String name, String header, String text) throws IOException {
        Path file = folder.resolve(name);
        if (Files.notExists(file)) {
            Files.writeString(file, header);
        }
        Files.writeString(file, text, StandardOpenOption.APPEND);
    }
}
