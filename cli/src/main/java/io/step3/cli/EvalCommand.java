package io.step3.cli;

import io.step3.chat.ChatMessage;
import io.step3.chat.ChatModel;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.ContentPart;
import io.step3.chat.ImageSource;
import io.step3.chat.SamplingOptions;
import io.step3.training.lessons.Examination;
import io.step3.training.lessons.Lesson;
import io.step3.training.lessons.Picture;
import io.step3.training.lessons.Scores;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import javax.imageio.ImageIO;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Examines a model in what Step3-Tiny was taught. */
@Command(
        name = "eval",
        description = {
            "Examine the model in what Step3-Tiny was taught, and print the share of right answers by",
            "skill. An answer is right if it is exactly the expected one. No lesson has these pictures,",
            "nor these sums, orders, words and sentences without a picture; questions about pictures",
            "are asked in the words of the lessons. Step3-Tiny's first trainings, before sums and",
            "sentences were held out, saw the smallest sums and some of the sentences."
        },
        mixinStandardHelpOptions = true)
final class EvalCommand implements Callable<Integer> {

    /** Longer than any right reasoning and answer together. */
    private static final int MAX_TOKENS = 400;

    @ParentCommand private Main main;

    @Mixin private ModelOption model;

    @Mixin private KeyOption key;

    @Option(
            names = "--examples",
            paramLabel = "N",
            defaultValue = "2000",
            description = "How many lessons (default: ${DEFAULT-VALUE}).")
    private int examples;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "2026",
            description = "Which lessons (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--json", paramLabel = "FILE", description = "Also write the table as JSON.")
    private Path json;

    @Option(names = "--wrong", description = "Also print the lessons that were answered wrong.")
    private boolean wrong;

    /** For picocli. */
    EvalCommand() {}

    @Override
    public Integer call() throws IOException {
        if (examples < 1 || examples > 1_000_000) {
            throw new IllegalArgumentException(
                    "--examples must be from 1 to 1000000, not " + examples);
        }
        Scores scores = new Scores(seed);
        try (ChatModel loaded = model.open(key)) {
            for (Lesson lesson : Examination.lessons(seed, examples)) {
                ChatResponse response = ChatResponse.of(loaded.chat(request(lesson))).complete();
                if (!scores.add(lesson, response.answer()) && wrong) {
                    show(lesson, response);
                }
            }
        }
        main.out().print(scores.toTable());
        if (json != null) {
            Files.writeString(json, scores.toJson() + "\n");
        }
        return 0;
    }

    private void show(Lesson lesson, ChatResponse response) {
        main.out()
                .printf(
                        "%s: %s%n  expected: %s%n      said: %s%n  expected thought: %s%n           thought: %s%n%n",
                        lesson.skill().label(),
                        lesson.messages().getLast().text(),
                        lesson.answer(),
                        response.answer(),
                        lesson.reasoning(),
                        response.reasoning());
    }

    /** A lesson as the question that a user would ask. */
    static ChatRequest request(Lesson lesson) throws IOException {
        List<ChatMessage> messages = new ArrayList<>();
        if (!lesson.system().isEmpty()) {
            messages.add(ChatMessage.system(lesson.system()));
        }
        for (Lesson.Message message : lesson.messages()) {
            if (message.role().equals("assistant")) {
                messages.add(ChatMessage.assistant(message.text()));
                continue;
            }
            List<ContentPart> parts = new ArrayList<>();
            parts.add(new ContentPart.Text(message.text()));
            if (message.place() != Lesson.Place.NONE) {
                int at = message.place() == Lesson.Place.BEFORE ? 0 : 1;
                parts.add(at, new ContentPart.Image(png(lesson.picture().orElseThrow())));
            }
            messages.add(ChatMessage.user(parts));
        }
        return ChatRequest.builder()
                .messages(messages)
                .sampling(SamplingOptions.builder().temperature(0.0).maxTokens(MAX_TOKENS).build())
                .build();
    }

    private static ImageSource png(Picture picture) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(picture.toImage(), "png", bytes);
        return ImageSource.of(bytes.toByteArray(), "lesson.png");
    }
}
