package io.step3.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one connection, one after the other. Everything here runs in the event loop and
 * waits for nothing: what is refused is refused before its body is read, what comes too slowly is
 * cut off, and that the client has left is noticed at once, whatever its answer is doing.
 */
final class Connection extends SimpleChannelInboundHandler<HttpObject> {

    /** What logs and metrics call the status of a request whose client did not wait. */
    static final int LEFT = 499;

    /** For a refused client to read why, before what it still sends closes the connection. */
    private static final Duration LINGER = Duration.ofSeconds(2);

    private final Service service;
    private final Inspection inspection;

    /** Null between requests, also while a body comes. */
    private @Nullable Exchange exchange;

    private @Nullable Route route;
    private String target = "";

    /** Null while no body is wanted. */
    private @Nullable ByteArrayOutputStream body;

    private long taken;
    private boolean receiving;
    private boolean lingering;
    private @Nullable Future<?> deadline;

    Connection(Service service) {
        this.service = service;
        this.inspection = new Inspection(service);
    }

    /** Of a refusal. */
    static Map<String, String> headers(Refusal refusal) {
        Map<String, String> headers = new HashMap<>();
        refusal.retryAfter()
                .ifPresent(after -> headers.put("retry-after", Long.toString(after.toSeconds())));
        switch (refusal.kind()) {
            case UNKNOWN_KEY -> headers.put("www-authenticate", "Bearer");
            // Clients would ask a second and a third time for what fails every time.
            case FAULT -> headers.put("x-should-retry", "false");
            default -> {}
        }
        return headers;
    }

    /** A line of the log. */
    static String line(Exchange exchange, String path, int status, String cost) {
        return String.format(
                Locale.ROOT,
                "%s %s %s %s%s, %.3f s",
                exchange.id(),
                exchange.method().name().matches("[A-Z]{1,10}") ? exchange.method().name() : "?",
                path,
                status == LEFT ? "left" : Integer.toString(status),
                cost,
                exchange.seconds());
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        expectRequest(ctx);
    }

    /** The first bytes of a request have come, or more of it. */
    void bytesCame(ChannelHandlerContext ctx) {
        if (exchange == null && !receiving) {
            receiving = true;
            expectRequest(ctx);
        }
    }

    private void expectRequest(ChannelHandlerContext ctx) {
        within(ctx, service.limits().request(), () -> tooSlow(ctx));
    }

    private void within(ChannelHandlerContext ctx, Duration time, Runnable otherwise) {
        stopClock();
        deadline = ctx.executor().schedule(otherwise, time.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void stopClock() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }

    private void tooSlow(ChannelHandlerContext ctx) {
        if (exchange == null) {
            ctx.close();
            return;
        }
        refuse(
                ctx,
                Refusal.of(
                        Refusal.Kind.TOO_SLOW,
                        "The request did not come whole within %d s."
                                .formatted(service.limits().request().toSeconds())));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
        if (lingering) {
            return;
        }
        if (message instanceof HttpRequest request) {
            if (exchange != null) {
                // Sent before the last answer: whoever does so finds the connection closed behind.
                exchange.close();
                lingering = true;
                return;
            }
            begin(ctx, request);
        }
        if (message instanceof HttpContent content && exchange != null && !lingering) {
            receive(ctx, content);
        }
    }

    private void begin(ChannelHandlerContext ctx, HttpRequest request) {
        receiving = true;
        exchange =
                new Exchange(
                        ctx.channel(),
                        request.method(),
                        request.protocolVersion(),
                        HttpUtil.isKeepAlive(request),
                        service.access().allowedOrigin(request.headers()),
                        done -> answered(ctx, done));
        route = Route.of(request.uri()).orElse(null);
        Optional<Refusal> refusal =
                request.decoderResult().isFailure()
                        ? Optional.of(malformed(request.decoderResult().cause()))
                        : inspection.refuse(request, route);
        if (refusal.isPresent()) {
            refuse(ctx, refusal.get());
            return;
        }
        if (request.method().equals(HttpMethod.OPTIONS)) {
            receiving = false;
            stopClock();
            Exchange asked = exchange;
            inspection.preflight(asked, request.headers());
            report(asked, "preflight");
            return;
        }
        target = request.uri();
        body = new ByteArrayOutputStream();
        if (HttpUtil.is100ContinueExpected(request)) {
            ctx.writeAndFlush(
                    new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
        }
    }

    private static Refusal malformed(Throwable cause) {
        return cause instanceof TooLongFrameException
                ? Refusal.of(
                        Refusal.Kind.HEADERS_TOO_LARGE,
                        "The request's first line or its headers are too long.")
                : Refusal.invalid("This is not HTTP.");
    }

    private void receive(ChannelHandlerContext ctx, HttpContent content) {
        if (body == null) {
            return;
        }
        if (content.decoderResult().isFailure()) {
            refuse(ctx, malformed(content.decoderResult().cause()));
            return;
        }
        ByteBuf bytes = content.content();
        int length = bytes.readableBytes();
        if (body.size() + (long) length > service.options().maxBody()) {
            refuse(ctx, inspection.tooLarge());
            return;
        }
        if (!service.bodies().take(length)) {
            refuse(
                    ctx,
                    Refusal.of(
                                    Refusal.Kind.BUSY,
                                    "The requests that are being answered take all the memory"
                                            + " there is for them: try again in a while.")
                            .retry(Duration.ofSeconds(5)));
            return;
        }
        taken += length;
        try {
            bytes.readBytes(body, length);
        } catch (IOException e) {
            throw new AssertionError("it is memory", e);
        }
        if (content instanceof LastHttpContent) {
            received(ctx);
        }
    }

    private void received(ChannelHandlerContext ctx) {
        receiving = false;
        stopClock();
        byte[] bytes = body.toByteArray();
        body = null;
        if (route.method().equals(HttpMethod.POST)) {
            var answering = new Answering(service, exchange, route, bytes, client(ctx));
            Thread.ofPlatform().daemon().name("step3-" + exchange.id()).start(answering);
        } else {
            Exchange asked = exchange;
            inspection.show(asked, route, target);
            report(asked, route.path());
        }
    }

    private static String client(ChannelHandlerContext ctx) {
        return ctx.channel().remoteAddress() instanceof InetSocketAddress address
                ? address.getAddress().getHostAddress()
                : "";
    }

    /** By now the exchange may be over, and be this connection's no more. */
    private void report(Exchange done, String path) {
        service.metrics().request("none", done.status());
        service.log().accept(line(done, path, done.status(), ""));
    }

    /** Answers before the request is whole, and reads no more of it. */
    private void refuse(ChannelHandlerContext ctx, Refusal refusal) {
        stopClock();
        body = null;
        lingering = true;
        exchange.close();
        Api api = route == null ? new OpenAiApi() : route.api();
        Map<String, String> headers = headers(refusal);
        if (refusal.kind() == Refusal.Kind.WRONG_METHOD && route != null) {
            headers.put("allow", route.method().name());
        }
        Exchange asked = exchange;
        asked.refuse(api, refusal, headers);
        report(asked, route == null ? "-" : route.path());
    }

    /** The last byte of the response is written. */
    private void answered(ChannelHandlerContext ctx, Exchange done) {
        if (done != exchange) {
            return;
        }
        exchange = null;
        giveBack();
        if (!ctx.channel().isActive()) {
            return;
        }
        if (done.keepsAlive()) {
            within(ctx, service.limits().idle(), ctx::close);
        } else if (lingering) {
            within(ctx, LINGER, ctx::close);
        } else {
            ctx.close();
        }
    }

    private void giveBack() {
        service.bodies().giveBack(taken);
        taken = 0;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (exchange == null) {
            return;
        }
        if (ctx.channel().isWritable()) {
            stopClock();
        } else {
            // A client that takes nothing for so long keeps its place from others.
            within(ctx, service.limits().idle(), ctx::close);
        }
        exchange.writabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        stopClock();
        if (exchange != null) {
            exchange.cancellation().cancel();
            exchange = null;
        }
        giveBack();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // A client that resets its connection, or sends what is no HTTP at all.
        ctx.close();
    }
}
