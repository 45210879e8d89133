package io.step3.djl;

import ai.djl.inference.streaming.ChunkedBytesSupplier;
import ai.djl.inference.streaming.IteratorBytesSupplier;
import ai.djl.inference.streaming.StreamingTranslator;
import ai.djl.modality.Input;
import ai.djl.modality.Output;
import ai.djl.ndarray.BytesSupplier;
import ai.djl.ndarray.NDList;
import ai.djl.translate.Batchifier;
import ai.djl.translate.TranslatorContext;
import io.step3.chat.ChatResponse;
import io.step3.chat.OpenAiJson;
import io.step3.chat.OpenAiStreamWriter;
import java.time.Instant;
import java.util.Iterator;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What DJL Serving speaks: OpenAI's chat completion JSON in and out. With {@code "stream": true}
 * the answer of {@code predict} is a stream of server-sent events, written by a thread of its own
 * while DJL Serving sends them. {@code streamingPredict} gives the same events whatever the request
 * says: {@code getIterativeOutput} computes each when its {@link IteratorBytesSupplier} is asked
 * for it, {@code getAsyncOutput} has a {@link ChunkedBytesSupplier} that {@code computeAsyncOutput}
 * fills. All stop when the {@link Input} is cancelled.
 */
final class ServingTranslator implements StreamingTranslator<Input, Output> {

    private static final String REQUEST = "request";
    private static final String INPUT = "input";
    private static final byte[] NOTHING = {};

    private final String modelName;

    ServingTranslator(String modelName) {
        this.modelName = modelName;
    }

    @Override
    public NDList processInput(TranslatorContext context, Input input) {
        BytesSupplier data = input.getData();
        if (data == null) {
            throw new IllegalArgumentException(
                    "the request is empty: send a chat completion request as JSON");
        }
        OpenAiJson.Request request = OpenAiJson.readRequest(data.getAsString());
        context.setAttachment(REQUEST, request);
        context.setAttachment(INPUT, input);
        return Step3Block.wrap(request.chat());
    }

    @Override
    public Output processOutput(TranslatorContext context, NDList list) {
        var reply = new Reply(context, Step3Block.unwrap(list, ChatResponse.class));
        return reply.request.stream() ? reply.streamed() : reply.whole();
    }

    @Override
    public StreamOutput<Output> processStreamOutput(
            TranslatorContext context, Stream<NDList> lists) {
        var reply = new Reply(context, ChatResponse.of(new StreamedChunks(lists)));
        return new StreamOutput<>() {
            @Override
            public Output getIterativeOutputInternal() {
                return reply.iterated();
            }

            @Override
            protected Output buildAsyncOutput() {
                return Reply.ofEvents(new ChunkedBytesSupplier());
            }

            @Override
            protected void computeAsyncOutputInternal(Output output) {
                reply.write((ChunkedBytesSupplier) output.getData());
            }
        };
    }

    /** An answer on its way out. */
    private final class Reply {

        private final OpenAiJson.Request request;
        private final Input input;
        private final ChatResponse response;
        private final String id = "chatcmpl-" + UUID.randomUUID();
        private final String model;
        private final long now = Instant.now().getEpochSecond();

        Reply(TranslatorContext context, ChatResponse all) {
            this.request = (OpenAiJson.Request) context.getAttachment(REQUEST);
            this.input = (Input) context.getAttachment(INPUT);
            this.response = request.includeReasoning() ? all : all.withoutReasoning();
            this.model = request.model().isEmpty() ? modelName : request.model();
        }

        Output whole() {
            Output output = new Output();
            output.addProperty("Content-Type", "application/json");
            output.add(OpenAiJson.response(response, id, model, now).toString());
            return output;
        }

        /** From here on the next chunk is computed while the last one is sent. */
        Output streamed() {
            var events = new ChunkedBytesSupplier();
            Thread.ofPlatform().daemon().name("step3-" + id).start(() -> write(events));
            return ofEvents(events);
        }

        Output iterated() {
            Iterator<byte[]> events = events();
            return ofEvents(
                    new IteratorBytesSupplier(
                            new Iterator<>() {
                                @Override
                                public boolean hasNext() {
                                    return events.hasNext();
                                }

                                @Override
                                public BytesSupplier next() {
                                    return BytesSupplier.wrap(events.next());
                                }
                            }));
        }

        void write(ChunkedBytesSupplier target) {
            try {
                events().forEachRemaining(event -> target.appendContent(event, false));
            } finally {
                target.appendContent(NOTHING, true);
            }
        }

        private ServerSentEvents events() {
            var writer = new OpenAiStreamWriter(id, model, now, request.includeUsage());
            return new ServerSentEvents(response, writer, input);
        }

        private static Output ofEvents(BytesSupplier events) {
            Output output = new Output();
            output.addProperty("Content-Type", "text/event-stream");
            output.add(events);
            return output;
        }
    }

    @Override
    public Support getSupport() {
        return Support.BOTH;
    }

    /** A request is no tensor: there is nothing to stack. */
    @Override
    public @Nullable Batchifier getBatchifier() {
        return null;
    }
}
