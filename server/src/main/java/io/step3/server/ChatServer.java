package io.step3.server;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.step3.chat.ChatModel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A local HTTP server over a model: OpenAI's {@code /v1/chat/completions}, Anthropic's {@code
 * /v1/messages}, and what clients of both ask beside. It belongs to who started it; the model stays
 * the caller's and is closed after it.
 *
 * <pre>{@code
 * try (ChatModel model = Step3.load(folder);
 *         ChatServer server = ChatServer.start(model, ServerOptions.DEFAULT, System.out::println)) {
 *     ...
 * }
 * }</pre>
 */
public final class ChatServer implements AutoCloseable {

    private static final byte[] TOO_MANY =
            "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII);

    private static final long POLL_MILLIS = 20;

    private final Service service;
    private final EventLoopGroup loop;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final Channel listening;

    private ChatServer(Service service) throws IOException {
        this.service = service;
        this.loop =
                new MultiThreadIoEventLoopGroup(
                        1, new DefaultThreadFactory("step3-http", true), NioIoHandler.newFactory());
        ServerOptions options = service.options();
        var bound =
                new ServerBootstrap()
                        .group(loop)
                        .channel(NioServerSocketChannel.class)
                        .option(ChannelOption.SO_BACKLOG, service.limits().connections())
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childHandler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel channel) {
                                        accept(channel);
                                    }
                                })
                        .bind(options.host(), options.port())
                        .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            shutDown();
            throw new IOException(
                    "this program cannot listen at %s:%d (%s): stop what listens there, or choose another with --port"
                            .formatted(
                                    options.host().getHostAddress(),
                                    options.port(),
                                    bound.cause().getMessage()),
                    bound.cause());
        }
        listening = bound.channel();
    }

    /**
     * Begins to listen.
     *
     * @param model answers; may be asked by others too
     * @param log gets a line for each request: its id, path, status, tokens and times, nothing that
     *     the client sent; called from several threads
     * @throws IOException if the address is taken; the message says so
     */
    public static ChatServer start(ChatModel model, ServerOptions options, Consumer<String> log)
            throws IOException {
        return start(model, options, Limits.DEFAULT, log);
    }

    static ChatServer start(
            ChatModel model, ServerOptions options, Limits limits, Consumer<String> log)
            throws IOException {
        return new ChatServer(Service.of(model, options, limits, log));
    }

    private void accept(SocketChannel channel) {
        if (connections.size() >= service.limits().connections()) {
            channel.writeAndFlush(Unpooled.wrappedBuffer(TOO_MANY))
                    .addListener(ChannelFutureListener.CLOSE);
            return;
        }
        connections.add(channel);
        var connection = new Connection(service);
        channel.pipeline()
                .addLast(new Watch(connection))
                .addLast(
                        new HttpServerCodec(
                                new HttpDecoderConfig()
                                        .setMaxInitialLineLength(service.limits().lineBytes())
                                        .setMaxHeaderSize(service.limits().headerBytes())))
                .addLast(connection);
    }

    /** Tells a connection of bytes before they make a request. */
    private static final class Watch extends ChannelInboundHandlerAdapter {

        private final Connection connection;

        Watch(Connection connection) {
            this.connection = connection;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object bytes) {
            connection.bytesCame(ctx);
            ctx.fireChannelRead(bytes);
        }
    }

    /** Where it listens, with the port that the system chose. */
    public InetSocketAddress address() {
        return (InetSocketAddress) listening.localAddress();
    }

    /** Where it listens, such as {@code http://127.0.0.1:8080}. */
    public String url() {
        InetAddress host = address().getAddress();
        String name = host.getHostAddress();
        return "http://%s:%d"
                .formatted(name.contains(":") ? "[" + name + "]" : name, address().getPort());
    }

    /** Answers that are being written at the moment. */
    public int running() {
        return service.admission().running();
    }

    /** Requests that wait for their turn at the moment. */
    public int waiting() {
        return service.admission().waiting();
    }

    /**
     * Answers no more requests, gives those that are being answered half a minute to end, ends them
     * then, and closes all connections. A second call does nothing.
     */
    @Override
    public void close() {
        service.admission().stop();
        long end = System.nanoTime() + service.limits().grace().toNanos();
        try {
            while (running() > 0 && System.nanoTime() < end) {
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        listening.close().awaitUninterruptibly();
        connections.close().awaitUninterruptibly();
        shutDown();
        while (running() > 0 && !Thread.currentThread().isInterrupted()) {
            // Cancelled with their connections: the model is not to be closed under them.
            try {
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void shutDown() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
