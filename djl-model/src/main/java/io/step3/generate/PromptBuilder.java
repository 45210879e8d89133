package io.step3.generate;

import io.step3.chat.BegunReply;
import io.step3.chat.ChatMessage;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatTemplate;
import io.step3.chat.ContentGuard;
import io.step3.chat.ContextOverflowException;
import io.step3.chat.ImageSource;
import io.step3.chat.OutputParser;
import io.step3.chat.Role;
import io.step3.chat.Tokenizer;
import io.step3.checkpoint.CheckpointException;
import io.step3.image.ImageProcessor;
import io.step3.image.ImageProcessorConfig;
import io.step3.image.ImageToken;
import io.step3.image.ImageTokenIds;
import io.step3.image.ImageTokens;
import io.step3.image.PlannedImage;
import io.step3.image.ProcessedImage;
import io.step3.model.Prompt;
import io.step3.model.Step3Model;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** From a request to the sequence that the network reads. Immutable; threads may share it. */
public final class PromptBuilder {

    /** Characters a token that texts stay below: more of them are counted before they are read. */
    private static final int LIKELY_CHARS = 8;

    /** Characters counted at once. */
    private static final int COUNTED_CHARS = 1 << 15;

    private static final String THINK = "<think>";
    private static final String THINK_END = "</think>";

    /**
     * A request as token ids, in which every picture is one image token.
     *
     * @param ids the whole prompt, the begun reply included
     * @param begun how many of the last ids are the begun reply's
     * @param opensThought whether the template opened a thought before the begun reply
     */
    record Ids(int[] ids, int begun, boolean opensThought) {}

    private final Step3Model model;
    private final Tokenizer tokenizer;
    private final ChatTemplate template;
    private final ContentGuard guard;
    private final PicturePlans plans;

    /** Null where the model cannot see. */
    private final @Nullable ImageTokenIds imageIds;

    PromptBuilder(Step3Model model, Tokenizer tokenizer, ChatTemplate template) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.template = template;
        this.guard = new ContentGuard(tokenizer);
        var sizes = model.checkpoint().preprocessor();
        plans =
                new PicturePlans(
                        new ImageProcessor(
                                new ImageProcessorConfig(sizes.imageSize(), sizes.patchSize())));
        imageIds = model.canSee() ? imageIds() : null;
    }

    private ImageTokenIds imageIds() {
        return new ImageTokenIds(
                id(ImageToken.PATCH_START),
                id(ImageToken.PATCH_END),
                id(ImageToken.PATCH_NEWLINE),
                id(ImageToken.IM_START),
                id(ImageToken.IM_END),
                model.imageTokenId());
    }

    private int id(ImageToken token) {
        return tokenizer
                .tokenId(token.text())
                .orElseThrow(
                        () ->
                                new CheckpointException(
                                        "tokenizer.json has no token %s, which pictures need: copy it from the checkpoint again"
                                                .formatted(token.text())));
    }

    /** The conversation as text, up to where the reply begins; a begun reply is not in it. */
    public String render(ChatRequest request) {
        return template.render(request);
    }

    /** The ids of a text, as they are: nothing is added, special tokens in it are recognised. */
    public int[] encode(String text) {
        return tokenizer.encode(text);
    }

    /**
     * Refuses at once what is far too long for the context: a text of megabytes is not rendered and
     * counted to its end for that.
     *
     * @throws ContextOverflowException if the contents alone do not fit, with room to spare
     */
    void refuseFarTooLong(ChatRequest request) {
        // Templates may leave out what an assistant thought, and nothing of the others.
        String said =
                request.messages().stream()
                        .filter(message -> message.role() != Role.ASSISTANT)
                        .map(ChatMessage::text)
                        .collect(Collectors.joining("\n"));
        int context = model.contextLength();
        if (said.length() <= LIKELY_CHARS * (long) context) {
            return;
        }
        // A cut may make a few tokens of one, and so many cuts do not make up for a quarter.
        long most = context + context / 4L;
        long counted = 0;
        for (int from = 0; from < said.length(); ) {
            int to = Math.min(said.length(), from + COUNTED_CHARS);
            if (to < said.length() && Character.isLowSurrogate(said.charAt(to))) {
                to++;
            }
            counted += tokenizer.encode(said.substring(from, to)).length;
            if (counted > most) {
                throw ContextOverflowException.atLeast(context, context);
            }
            from = to;
        }
    }

    /**
     * The rendered conversation, its contents guarded unless the options say otherwise, and behind
     * it the begun reply. Both are tokenised apart, as the model's own tokens stand apart from the
     * prompt's, so that a session which wrote the reply shares all of it.
     */
    Ids ids(ChatRequest request) {
        boolean live = model.options().liveMarks();
        String rendered = render(live ? request : guard.guard(request));
        boolean opensThought = OutputParser.opensThought(rendered);
        int[] conversation = live ? encode(rendered) : tokenizer.encodeGuarded(rendered);
        int[] begun = begun(request.begun(), opensThought);
        int[] ids = Arrays.copyOf(conversation, conversation.length + begun.length);
        System.arraycopy(begun, 0, ids, conversation.length, begun.length);
        return new Ids(ids, begun.length, opensThought);
    }

    private int[] begun(BegunReply reply, boolean opensThought) {
        List<int[]> parts = new ArrayList<>();
        boolean opens = !opensThought && !reply.reasoning().isEmpty();
        if (opens) {
            parts.add(encode(THINK));
        }
        parts.add(tokenizer.encodeText(reply.reasoning()));
        if (reply.answer().isPresent()) {
            if (opens || opensThought) {
                parts.add(encode(THINK_END));
            }
            parts.add(tokenizer.encodeText(reply.answer().get()));
        }
        return parts.stream().flatMapToInt(Arrays::stream).toArray();
    }

    /**
     * Decodes and processes pictures.
     *
     * @throws io.step3.image.InvalidImageException if one is no picture or beyond the limits
     * @throws IllegalArgumentException if the model cannot see
     */
    public List<ProcessedImage> see(List<ImageSource> images) {
        return plan(images).stream().map(PlannedImage::pixels).toList();
    }

    /**
     * Reads the headers of pictures that it has not read lately; each picture is decoded when it is
     * looked at.
     *
     * @throws io.step3.image.InvalidImageException if one is no picture or beyond the limits
     * @throws IllegalArgumentException if the model cannot see, or if there are too many pictures
     */
    public List<PlannedImage> plan(List<ImageSource> images) {
        if (!images.isEmpty() && imageIds == null) {
            throw new IllegalArgumentException(
                    "this checkpoint has no vision tower: ask without a picture");
        }
        PictureLimits.checkFiles(images);
        List<PlannedImage> planned = images.stream().map(plans::plan).toList();
        PictureLimits.checkSizes(planned);
        return planned;
    }

    /**
     * Puts every picture's tokens in the place of its image token.
     *
     * @param ids a prompt with one image token for each picture, or with the tokens of all pictures
     *     in place already
     * @throws IllegalArgumentException if there are more pictures than image tokens, or fewer; a
     *     prompt without any picture may hold image tokens, which are then words like others
     */
    public Prompt expand(int[] ids, List<? extends PlannedImage> images) {
        boolean inPlace = places(ids) == images.stream().mapToLong(model::imageFeatures).sum();
        return inPlace ? new Prompt(ids, images) : place(ids, images);
    }

    private long places(int[] ids) {
        return Arrays.stream(ids).filter(id -> id == model.imageTokenId()).count();
    }

    /** As {@link #expand}, for ids in which no picture's tokens are in place yet. */
    Prompt place(int[] ids, List<? extends PlannedImage> images) {
        if (images.isEmpty()) {
            return new Prompt(ids, images);
        }
        long places = places(ids);
        if (places != images.size()) {
            throw new IllegalArgumentException(
                    "there are %d pictures, but the prompt has %d places (%s) for them: give one picture for each place"
                            .formatted(images.size(), places, ImageToken.IM_PATCH.text()));
        }
        var tokens = new ImageTokens(model.baseFeatures(), model.cropFeatures());
        List<int[]> parts = new ArrayList<>();
        int next = 0;
        for (int id : ids) {
            parts.add(
                    id == model.imageTokenId()
                            ? tokens.ids(images.get(next++).plan(), imageIds)
                            : new int[] {id});
        }
        return new Prompt(parts.stream().flatMapToInt(Arrays::stream).toArray(), images);
    }
}
