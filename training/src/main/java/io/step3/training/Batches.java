package io.step3.training;

import io.step3.image.ImageTokenIds;
import io.step3.image.ImageTokens;
import io.step3.image.ProcessedImage;
import io.step3.training.lessons.Landmark;
import io.step3.training.lessons.Lesson;
import io.step3.training.lessons.Picture;
import io.step3.training.lessons.Pixels;
import io.step3.training.tokenizer.BpeTokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Puts lessons of like length together. */
final class Batches {

    private final NetworkSizes config;
    private final int together;
    private final BpeTokenizer tokenizer;
    private final ImageTokens imageTokens;

    Batches(Recipe recipe, BpeTokenizer tokenizer) {
        this.config = recipe.network();
        this.together = recipe.together();
        this.tokenizer = tokenizer;
        this.imageTokens =
                new ImageTokens(config.imageFeatures(), config.imageFeatures(NetworkSizes.CROP));
    }

    /**
     * A lesson, written out.
     *
     * @param seen its picture, or null
     */
    private record Written(Lesson lesson, Transcript transcript, ProcessedImage seen, int index) {

        int crops() {
            return seen == null ? 0 : seen.crops().size();
        }
    }

    /** Micro-batches of all lessons; {@link MicroBatch#owners} are indices into the list. */
    List<MicroBatch> of(List<Lesson> lessons) {
        var imageIds =
                new ImageTokenIds(
                        tokenizer.special(BpeTokenizer.PATCH_START),
                        tokenizer.special(BpeTokenizer.PATCH_END),
                        tokenizer.special(BpeTokenizer.PATCH_NEWLINE),
                        tokenizer.special(BpeTokenizer.IMAGE_START),
                        tokenizer.special(BpeTokenizer.IMAGE_END),
                        tokenizer.special(BpeTokenizer.IMAGE));
        var written = new ArrayList<Written>();
        for (int i = 0; i < lessons.size(); i++) {
            Lesson lesson = lessons.get(i);
            ProcessedImage seen = lesson.picture().map(this::process).orElse(null);
            int[] tokens = seen == null ? new int[0] : imageTokens.ids(seen.plan(), imageIds);
            written.add(new Written(lesson, Transcript.of(lesson, tokenizer, tokens), seen, i));
        }
        written.sort(Comparator.comparingInt(one -> one.transcript().length()));
        var batches = new ArrayList<MicroBatch>();
        for (int i = 0; i < written.size(); i += together) {
            batches.add(together(written.subList(i, Math.min(written.size(), i + together))));
        }
        return batches;
    }

    private MicroBatch together(List<Written> written) {
        // The last token of a reply is never an input.
        int length = written.getLast().transcript().length() - 1;
        var ids = new long[written.size() * length];
        Arrays.fill(ids, tokenizer.special(BpeTokenizer.PAD));
        int pictures = (int) written.stream().filter(one -> one.seen() != null).count();
        int crops = written.stream().mapToInt(Written::crops).sum();
        int side = config.vision().imageSize();
        var patches = new float[pictures * 3 * side * side];
        var cropPatches = new float[crops * 3 * NetworkSizes.CROP * NetworkSizes.CROP];
        var kinds = new long[pictures * config.imageFeatures()];
        int targets = written.stream().mapToInt(one -> one.transcript().reply().length).sum();
        var rows = new long[targets];
        var wanted = new long[targets];
        var owners = new int[targets];
        int target = 0;
        int picture = 0;
        int crop = 0;
        long feature = config.vocabulary();
        long cropFeature = feature + (long) pictures * config.imageFeatures();
        for (int i = 0; i < written.size(); i++) {
            Written one = written.get(i);
            int at = i * length;
            // A picture's crops come before the whole of it.
            int ofCrops = one.crops() * imageTokens.perCrop();
            for (int id : one.transcript().prompt()) {
                if (id != config.imageToken()) {
                    ids[at++] = id;
                } else {
                    ids[at++] = ofCrops-- > 0 ? cropFeature++ : feature++;
                }
            }
            for (int id : one.transcript().reply()) {
                rows[target] = at - 1;
                wanted[target] = id;
                owners[target++] = one.index();
                if (at < (i + 1) * length) {
                    ids[at++] = id;
                }
            }
            if (one.seen() != null) {
                landmarks(one.lesson().picture().orElseThrow(), picture, kinds);
                cut(one.seen().base(), side, picture++, patches);
                for (float[] planes : one.seen().crops()) {
                    cut(planes, NetworkSizes.CROP, crop++, cropPatches);
                }
            }
        }
        return new MicroBatch(
                new Sequences(written.size(), length, ids, pictures, patches, crops, cropPatches),
                rows,
                wanted,
                owners,
                kinds);
    }

    /** Micro-batches of pictures without words. */
    List<MicroBatch> ofPictures(List<Picture> pictures) {
        var batches = new ArrayList<MicroBatch>();
        int side = config.vision().imageSize();
        for (int i = 0; i < pictures.size(); i += together) {
            List<Picture> some = pictures.subList(i, Math.min(pictures.size(), i + together));
            var patches = new float[some.size() * 3 * side * side];
            var kinds = new long[some.size() * config.imageFeatures()];
            for (int at = 0; at < some.size(); at++) {
                landmarks(some.get(at), at, kinds);
                cut(process(some.get(at)).base(), side, at, patches);
            }
            var sequences = Sequences.uncut(0, 0, new long[0], some.size(), patches);
            batches.add(new MicroBatch(sequences, new long[0], new long[0], new int[0], kinds));
        }
        return batches;
    }

    private ProcessedImage process(Picture picture) {
        return Pixels.process(picture, config.vision().imageSize(), NetworkSizes.CROP);
    }

    /** Writes patches after those of the pictures before. */
    private void cut(float[] planes, int side, int index, float[] patches) {
        float[] cut = Pixels.patches(planes, side, config.vision().patch());
        System.arraycopy(cut, 0, patches, cut.length * index, cut.length);
    }

    /** Writes a picture's kinds after those of the pictures before. */
    private void landmarks(Picture picture, int index, long[] kinds) {
        int cells = config.imageFeatures();
        int across = (int) Math.sqrt(cells);
        for (Landmark landmark : picture.landmarks()) {
            int row = Math.clamp((int) (landmark.y() * across), 0, across - 1);
            int column = Math.clamp((int) (landmark.x() * across), 0, across - 1);
            kinds[cells * index + row * across + column] = landmark.kind();
        }
    }
}
