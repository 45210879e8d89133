package io.step3.cli;

import io.step3.chat.Cancellation;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatModel;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatStream;
import io.step3.chat.FinishReason;
import io.step3.chat.ImageSource;
import io.step3.chat.SamplingOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Asks once and streams the answer. */
@Command(
        name = "ask",
        description = "Ask a question, with pictures or without, and watch the answer come.",
        mixinStandardHelpOptions = true)
final class AskCommand implements Callable<Integer> {

    /** More than any model's context holds. */
    private static final int MAX_PROMPT_BYTES = 16 << 20;

    @ParentCommand private Main main;

    @Mixin private ModelOption model;

    @Mixin private KeyOption key;

    @Option(
            names = "--image",
            paramLabel = "FILE",
            description = "A picture to show (PNG, JPEG, GIF, BMP, WebP). May be repeated.")
    private List<Path> images = List.of();

    @Option(names = "--system", paramLabel = "TEXT", description = "The system prompt.")
    private String system;

    @Option(names = "--max-tokens", paramLabel = "N", description = "Most tokens to write.")
    private Integer maxTokens;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "0 for the most probable token, up to 10.")
    private Double temperature;

    @Option(names = "--seed", paramLabel = "S", description = "Same seed, same text.")
    private Long seed;

    @Option(
            names = "--think-budget",
            paramLabel = "N",
            description = "Most tokens of reasoning before the answer is asked for.")
    private Integer thinkBudget;

    @Option(
            names = "--json",
            description =
                    "Print one JSON object a line: type (reasoning, answer, tool_call, done) and"
                            + " text.")
    private boolean json;

    @Parameters(
            paramLabel = "PROMPT",
            description = "The question; - reads it from standard input.")
    private String prompt;

    /** For picocli. */
    AskCommand() {}

    @Override
    public Integer call() throws IOException {
        ChatRequest request = request();
        AnswerPrinter printer = json ? new JsonPrinter(main.out()) : new TextPrinter(main.out());
        try (ChatModel loaded = model.open(key)) {
            Cancellation cancellation = new Cancellation();
            try (var interrupt = new Interrupt(cancellation);
                    ChatStream answer = loaded.chat(request, cancellation)) {
                FinishReason reason;
                try {
                    reason = print(answer, printer, cancellation);
                } catch (RuntimeException e) {
                    printer.breakOff();
                    throw e;
                }
                return reason == FinishReason.CANCELLED ? Interrupt.EXIT_CODE : 0;
            }
        }
    }

    private FinishReason print(
            ChatStream answer, AnswerPrinter printer, Cancellation cancellation) {
        FinishReason reason = FinishReason.STOP;
        while (answer.hasNext()) {
            ChatChunk chunk = answer.next();
            printer.print(chunk);
            if (main.out().checkError()) {
                cancellation.cancel(); // nobody reads any more, as behind "| head"
            }
            if (chunk.end() != null) {
                reason = chunk.end().finishReason();
            }
        }
        return reason;
    }

    private ChatRequest request() throws IOException {
        List<ImageSource> pictures = new ArrayList<>();
        for (Path image : images) {
            pictures.add(ImageSource.of(image));
        }
        ChatRequest.Builder request = ChatRequest.builder();
        if (system != null) {
            request.system(system);
        }
        return request.user(
                        prompt.equals("-") ? standardInput() : prompt,
                        pictures.toArray(ImageSource[]::new))
                .sampling(
                        SamplingOptions.builder()
                                .maxTokens(maxTokens)
                                .temperature(temperature)
                                .seed(seed)
                                .thinkBudget(thinkBudget)
                                .build())
                .build();
    }

    private String standardInput() throws IOException {
        byte[] bytes = main.in().readNBytes(MAX_PROMPT_BYTES + 1);
        if (bytes.length > MAX_PROMPT_BYTES) {
            throw new IllegalArgumentException(
                    "standard input holds more than %d bytes: ask about less"
                            .formatted(MAX_PROMPT_BYTES));
        }
        return new String(bytes, StandardCharsets.UTF_8).strip();
    }
}
