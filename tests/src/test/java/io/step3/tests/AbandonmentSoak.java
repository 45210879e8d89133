package io.step3.tests;

import ai.djl.inference.Predictor;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.ImageSource;
import io.step3.chat.SamplingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * A long day of a server whose clients are as clients are: of all predictions most are read to the
 * end, some closed early, some left half read and closed by nobody. Prints resident memory as it
 * goes, and fails if it is at the end more than {@value #PERCENT} % above what it was after a
 * fifth.
 *
 * <p>{@code AbandonmentSoak COUNT SEED}; the least that says something is 1,000 predictions.
 */
public final class AbandonmentSoak {

    private static final int PERCENT = 5;

    /** Forgotten every tenth: the rest of ten are shared among the others. */
    private static final int KINDS = 10;

    private final Random random;
    private final List<ImageSource> pictures;
    private final Predictor<ChatRequest, ChatResponse> predictor;
    private int abandoned;
    private int closed;

    private AbandonmentSoak(
            Random random, List<ImageSource> pictures, Predictor<ChatRequest, ChatResponse> all) {
        this.random = random;
        this.pictures = pictures;
        this.predictor = all;
    }

    /** Runs it; exit code 1 if memory grew. */
    public static void main(String[] arguments) throws Exception {
        int count = Integer.parseInt(arguments[0]);
        long seed = Long.parseLong(arguments[1]);
        if (!run(count, seed, true)) {
            System.exit(1);
        }
    }

    /** Whether memory stayed flat. */
    static boolean run(int count, long seed, boolean print) throws Exception {
        Criteria<ChatRequest, ChatResponse> criteria =
                Criteria.builder()
                        .setTypes(ChatRequest.class, ChatResponse.class)
                        .optModelPath(Golden.checkpoint("a"))
                        .optEngine("Step3")
                        .build();
        List<ImageSource> pictures =
                List.of(
                        ImageSource.of(Golden.ROOT.resolve("image/p56x56.png")),
                        ImageSource.of(Golden.ROOT.resolve("image/p300x200.png")));
        try (ZooModel<ChatRequest, ChatResponse> model = criteria.loadModel();
                Predictor<ChatRequest, ChatResponse> predictor = model.newPredictor()) {
            var soak = new AbandonmentSoak(new Random(seed), pictures, predictor);
            return soak.run(count, print);
        }
    }

    private boolean run(int count, boolean print) throws Exception {
        long settled = 0;
        long last = 0;
        for (int i = 1; i <= count; i++) {
            predict();
            if (i % (count / 10) == 0) {
                last = residentKilobytes();
                settled = i == count / 10 * 2 ? last : settled;
                if (print) {
                    System.out.printf(
                            "%,d predictions, %,d closed early, %,d abandoned: %,d kB resident%n",
                            i, closed, abandoned, last);
                }
            }
        }
        double growth = 100.0 * (last - settled) / settled;
        System.out.printf(
                "%,d predictions, %,d abandoned: resident memory %+.1f %% (%,d to %,d kB); bound %d %%%n",
                count, abandoned, growth, settled, last, PERCENT);
        return growth <= PERCENT;
    }

    private void predict() throws Exception {
        ChatRequest request = request();
        int kind = random.nextInt(KINDS);
        if (kind == 0) {
            abandoned++;
            read(predictor.streamingPredict(request).getIterativeOutput());
        } else if (kind < 4) {
            closed++;
            try (ChatResponse answer = predictor.streamingPredict(request).getIterativeOutput()) {
                read(answer);
            }
        } else {
            predictor.predict(request);
        }
    }

    /** Reads up to three chunks, or none. */
    private void read(ChatResponse answer) {
        var chunks = answer.iterator();
        for (int i = random.nextInt(4); i > 0 && chunks.hasNext(); i--) {
            chunks.next();
        }
    }

    private ChatRequest request() {
        String text =
                "Question " + random.nextInt(50) + ", and " + "more ".repeat(random.nextInt(40));
        var sampling = SamplingOptions.builder().maxTokens(1 + random.nextInt(6)).build();
        var request = ChatRequest.builder().sampling(sampling);
        boolean seen = random.nextInt(4) == 0;
        return seen
                ? request.user(text, pictures.get(random.nextInt(pictures.size()))).build()
                : request.user(text).build();
    }

    /** After collections, so that neither garbage nor what waits for its cleaner counts. */
    private static long residentKilobytes() throws IOException, InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(100);
        }
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
