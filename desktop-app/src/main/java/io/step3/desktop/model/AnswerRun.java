package io.step3.desktop.model;

import io.step3.chat.Ability;
import io.step3.chat.BegunReply;
import io.step3.chat.Cancellation;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatMessage;
import io.step3.chat.ChatModel;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatStream;
import io.step3.chat.ContentPart;
import io.step3.chat.ContextOverflowException;
import io.step3.chat.FinishReason;
import io.step3.chat.SamplingOptions;
import io.step3.desktop.store.Message;
import io.step3.desktop.store.MessageStatus;
import io.step3.desktop.store.Part;
import io.step3.desktop.store.Role;
import io.step3.desktop.store.StreamingMessage;
import io.step3.desktop.store.StreamingMessage.Channel;
import io.step3.desktop.store.StreamingMessage.Ending;
import io.step3.generate.InspectableModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The writing of one answer. {@link #run} is for the engine's thread; each piece goes to the store
 * at once, and to the screen at its next frame.
 */
final class AnswerRun implements Runnable {

    /**
     * What is asked, as the store has it.
     *
     * @param answer what is there of the answer already, to go on with; its texts may be empty
     */
    record Question(
            String systemPrompt, List<Message> context, Message answer, SamplingOptions sampling) {

        boolean thinks() {
            return answer.answer().isEmpty();
        }

        BegunReply begun() {
            return new BegunReply(
                    answer.reasoning(), thinks() ? Optional.empty() : Optional.of(answer.answer()));
        }
    }

    /** What came since the last frame. */
    record News(String reasoning, String answer, AnswerProgress progress) {}

    private static final System.Logger LOG = System.getLogger(AnswerRun.class.getName());

    private final ChatModel model;
    private final Question question;
    private final SentPictures sent;
    private final StreamingMessage message;
    private final RoutingRecorder inside;
    private final Tasks tasks;
    private final Words words;
    private final Consumer<News> news;
    private final Consumer<Throwable> ended;
    private final Cancellation cancellation = new Cancellation();

    private final StringBuilder newReasoning = new StringBuilder();
    private final StringBuilder newAnswer = new StringBuilder();
    private boolean scheduled;
    private AnswerUsage earlier = AnswerUsage.NONE;
    private volatile AnswerMeter meter;

    /**
     * Prepares an answer.
     *
     * @param news hears, on the properties' thread, what came
     * @param ended hears, on the properties' thread and last of all, what it failed with or null,
     *     once the answer is on the disk
     */
    AnswerRun(
            ChatModel model,
            Question question,
            SentPictures sent,
            StreamingMessage message,
            RoutingRecorder inside,
            Tasks tasks,
            Words words,
            Consumer<News> news,
            Consumer<Throwable> ended) {
        this.model = model;
        this.question = question;
        this.sent = sent;
        this.message = message;
        this.inside = inside;
        this.tasks = tasks;
        this.words = words;
        this.news = news;
        this.ended = ended;
    }

    long messageId() {
        return message.id();
    }

    /** Stops the writing; what came is kept. */
    void stop() {
        cancellation.cancel();
    }

    /** Ends the message now, where nobody can wait for the engine any longer. */
    void abandon() {
        cancellation.cancel();
        message.finish(ending(MessageStatus.STOPPED, ""));
    }

    @Override
    public void run() {
        if (cancellation.isCancelled()) {
            finish(ending(MessageStatus.STOPPED, ""), null);
            return;
        }
        try {
            List<AttentionRecorder.Shown> pictures = new ArrayList<>();
            ChatRequest request = request(pictures);
            // A model that cannot count tells at the end what it was.
            int prompt = model.promptTokens(request).orElse(0);
            requireRoom(prompt);
            if (!request.begun().equals(BegunReply.NOTHING)) {
                int anew = model.promptTokens(anew(request)).orElse(0);
                earlier = earlier(prompt, prompt - anew);
            }
            inside.begin(model, pictures);
            meter =
                    new AnswerMeter(
                            System::nanoTime,
                            prompt,
                            earlier,
                            question.thinks(),
                            model instanceof InspectableModel,
                            inside);
            tell();
            try (ChatStream answer = answer(request)) {
                while (answer.hasNext()) {
                    take(answer.next());
                }
            }
        } catch (Throwable e) {
            // Whatever it is, the conversation must not wait for an answer that never ends.
            LOG.log(System.Logger.Level.ERROR, "An answer failed", e);
            finish(ending(MessageStatus.FAILED, Failures.sentence(e, words)), e);
        }
    }

    /** A prompt that fills the context to the last token leaves no room for an answer. */
    private void requireRoom(int prompt) {
        int context = model.contextLength().orElse(Integer.MAX_VALUE);
        if (prompt >= context) {
            throw new ContextOverflowException(prompt, context);
        }
    }

    private ChatStream answer(ChatRequest request) {
        return model instanceof InspectableModel local
                ? local.chat(request, cancellation, meter)
                : model.chat(request, cancellation);
    }

    /** An ending of which only what was known before is known. */
    private Ending ending(MessageStatus status, String error) {
        return new Ending(status, error, "[]", question.answer().usage());
    }

    private static ChatRequest anew(ChatRequest request) {
        return new ChatRequest(
                request.messages(), request.tools(), request.sampling(), BegunReply.NOTHING);
    }

    /**
     * What the part that is there cost. Its tokens are counted from its text: after a kill, what
     * was kept of the cost is older than the text.
     */
    private AnswerUsage earlier(int prompt, int begun) {
        AnswerUsage kept = AnswerUsage.ofJson(question.answer().usage());
        return new AnswerUsage(
                prompt - begun,
                kept.cachedTokens(),
                question.thinks() ? begun : Math.min(begun, kept.reasoningTokens()),
                begun,
                kept.firstTokenMillis(),
                kept.tokensPerSecond(),
                kept.thinkingMillis(),
                kept.finish());
    }

    private ChatRequest request(List<AttentionRecorder.Shown> pictures) {
        ChatRequest.Builder request =
                ChatRequest.builder().sampling(question.sampling()).begun(question.begun());
        if (!question.systemPrompt().isBlank()) {
            request.system(question.systemPrompt().strip());
        }
        for (Message earlier : question.context()) {
            if (earlier.role() == Role.ASSISTANT) {
                if (!earlier.answer().isBlank()) {
                    request.message(
                            ChatMessage.assistant(
                                    earlier.reasoning().strip(),
                                    earlier.answer().strip(),
                                    List.of()));
                }
            } else {
                request.message(said(earlier, pictures));
            }
        }
        return request.build();
    }

    private ChatMessage said(Message earlier, List<AttentionRecorder.Shown> pictures) {
        List<ContentPart> content = new ArrayList<>();
        for (Part part : earlier.parts()) {
            switch (part) {
                case Part.Text(String text) -> content.add(new ContentPart.Text(text));
                case Part.Image picture -> {
                    if (!model.can(Ability.SEE)) {
                        throw new IllegalArgumentException(words.text("blind.history"));
                    }
                    SentPictures.Sent known = sent.get(picture);
                    pictures.add(new AttentionRecorder.Shown(picture, known.plan()));
                    content.add(new ContentPart.Image(known.source()));
                }
                case Part.RemovedImage _ -> {
                    // The person took it away: the model is not to know of it.
                }
            }
        }
        return earlier.role() == Role.SYSTEM
                ? ChatMessage.system(earlier.text())
                : ChatMessage.user(content);
    }

    private void take(ChatChunk chunk) {
        meter.chunk(chunk);
        switch (chunk.type()) {
            case REASONING -> add(Channel.REASONING, newReasoning, chunk.text());
            case ANSWER -> add(Channel.ANSWER, newAnswer, chunk.text());
            case TOOL_CALL -> {
                // No tools are declared, so a call is only words.
            }
            case DONE -> {
                AnswerUsage usage =
                        earlier.followedBy(AnswerUsage.of(chunk.end(), meter.thinkingMillis()));
                boolean stopped = chunk.end().finishReason() == FinishReason.CANCELLED;
                finish(
                        new Ending(
                                stopped ? MessageStatus.STOPPED : MessageStatus.COMPLETE,
                                "",
                                "[]",
                                usage.toJson()),
                        null);
            }
        }
    }

    private void add(Channel channel, StringBuilder fresh, String text) {
        message.append(channel, text);
        synchronized (this) {
            fresh.append(text);
        }
        tell();
    }

    /** Has what is new shown at the next frame, once however much it is. */
    private void tell() {
        synchronized (this) {
            if (scheduled) {
                return;
            }
            scheduled = true;
        }
        tasks.frame().execute(this::drain);
    }

    private void drain() {
        String reasoning;
        String answer;
        synchronized (this) {
            scheduled = false;
            reasoning = newReasoning.toString();
            answer = newAnswer.toString();
            newReasoning.setLength(0);
            newAnswer.setLength(0);
        }
        news.accept(new News(reasoning, answer, meter.progress()));
    }

    /** How far it is by now, for whoever shows seconds. */
    AnswerProgress progress() {
        AnswerMeter now = meter;
        return now == null
                ? AnswerProgress.waiting(AnswerUsage.ofJson(question.answer().usage()))
                : now.progress();
    }

    private void finish(Ending ending, Throwable failure) {
        if (meter != null) {
            // Not at the next frame: the views listen no more once the store says that it is whole.
            tasks.ui().execute(this::drain);
        }
        tasks.then(
                message.finish(ending),
                _ -> ended.accept(failure),
                notSaved -> ended.accept(failure == null ? notSaved : failure));
    }
}
