package io.step3.training;

import io.step3.training.lessons.Landmark;
import io.step3.training.lessons.Lesson;
import io.step3.training.lessons.Picture;
import io.step3.training.lessons.Pixels;
import io.step3.training.tokenizer.BpeTokenizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Puts lessons of like length together. */
final class Batches {

    /**
     * Sequences of a micro-batch: enough to keep the cores busy, few enough to stay in the cache.
     */
    private static final int TOGETHER = 12;

    private final Step3Config config;
    private final BpeTokenizer tokenizer;

    Batches(Step3Config config, BpeTokenizer tokenizer) {
        this.config = config;
        this.tokenizer = tokenizer;
    }

    /** A lesson, written out. */
    private record Written(Lesson lesson, Transcript transcript, int index) {}

    /** Micro-batches of all lessons; {@link MicroBatch#owners} are indices into the list. */
    List<MicroBatch> of(List<Lesson> lessons) {
        var written = new ArrayList<Written>();
        for (int i = 0; i < lessons.size(); i++) {
            Lesson lesson = lessons.get(i);
            written.add(
                    new Written(
                            lesson, Transcript.of(lesson, tokenizer, config.imageFeatures()), i));
        }
        written.sort(Comparator.comparingInt(one -> one.transcript().length()));
        var batches = new ArrayList<MicroBatch>();
        for (int i = 0; i < written.size(); i += TOGETHER) {
            batches.add(together(written.subList(i, Math.min(written.size(), i + TOGETHER))));
        }
        return batches;
    }

    private MicroBatch together(List<Written> written) {
        // The last token of a reply is never an input.
        int length = written.getLast().transcript().length() - 1;
        int pad = tokenizer.special(BpeTokenizer.PAD);
        var ids = new long[written.size() * length];
        java.util.Arrays.fill(ids, pad);
        int pictures =
                (int) written.stream().filter(one -> one.lesson().picture().isPresent()).count();
        int side = config.vision().imageSize();
        var patches = new float[pictures * 3 * side * side];
        var kinds = new long[pictures * config.imageFeatures()];
        int targets = written.stream().mapToInt(one -> one.transcript().reply().length).sum();
        var rows = new long[targets];
        var wanted = new long[targets];
        var owners = new int[targets];
        int target = 0;
        int picture = 0;
        long feature = config.vocabulary();
        for (int i = 0; i < written.size(); i++) {
            Transcript transcript = written.get(i).transcript();
            int at = i * length;
            for (int id : transcript.prompt()) {
                ids[at++] = id == config.imageToken() ? feature++ : id;
            }
            for (int id : transcript.reply()) {
                rows[target] = at - 1;
                wanted[target] = id;
                owners[target++] = written.get(i).index();
                if (at < (i + 1) * length) {
                    ids[at++] = id;
                }
            }
            if (written.get(i).lesson().picture().isPresent()) {
                look(written.get(i).lesson().picture().get(), picture++, patches, kinds);
            }
        }
        return new MicroBatch(
                new Sequences(written.size(), length, ids, pictures, patches),
                rows,
                wanted,
                owners,
                kinds);
    }

    /** Micro-batches of pictures without words. */
    List<MicroBatch> ofPictures(List<Picture> pictures) {
        var batches = new ArrayList<MicroBatch>();
        for (int i = 0; i < pictures.size(); i += TOGETHER) {
            List<Picture> some = pictures.subList(i, Math.min(pictures.size(), i + TOGETHER));
            int values = 3 * config.vision().imageSize() * config.vision().imageSize();
            var patches = new float[some.size() * values];
            var kinds = new long[some.size() * config.imageFeatures()];
            for (int at = 0; at < some.size(); at++) {
                look(some.get(at), at, patches, kinds);
            }
            var sequences = new Sequences(0, 0, new long[0], some.size(), patches);
            batches.add(new MicroBatch(sequences, new long[0], new long[0], new int[0], kinds));
        }
        return batches;
    }

    /** Writes a picture's patches and kinds after those of the pictures before it. */
    private void look(Picture picture, int index, float[] patches, long[] kinds) {
        int side = config.vision().imageSize();
        float[] cut = Pixels.patches(picture, side, config.vision().patch());
        System.arraycopy(cut, 0, patches, cut.length * index, cut.length);
        int cells = config.imageFeatures();
        int across = (int) Math.sqrt(cells);
        for (Landmark landmark : picture.landmarks()) {
            int row = Math.clamp((int) (landmark.y() * across), 0, across - 1);
            int column = Math.clamp((int) (landmark.x() * across), 0, across - 1);
            kinds[cells * index + row * across + column] = landmark.kind();
        }
    }
}
