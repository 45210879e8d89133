package io.step3.server;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/**
 * Fetches one picture from one address. It follows no redirection, and waits no longer than 10 s.
 */
final class PictureClient {

    private static final int MOST_BYTES = 20 << 20;
    private static final int SECONDS = 10;

    /**
     * The bytes of a picture.
     *
     * @param uri with a host, which goes into the request and must be in a TLS certificate
     * @param address what to connect to
     * @param name what messages call the picture
     * @throws IllegalArgumentException if it cannot be had
     */
    byte[] get(URI uri, InetAddress address, String name) {
        boolean tls = uri.getScheme().equalsIgnoreCase("https");
        int port = uri.getPort() >= 0 ? uri.getPort() : tls ? 443 : 80;
        var result = new CompletableFuture<byte[]>();
        try (var group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory())) {
            new Bootstrap()
                    .group(group)
                    .channel(NioSocketChannel.class)
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, SECONDS * 1000)
                    .handler(
                            new ChannelInitializer<>() {
                                @Override
                                protected void initChannel(Channel channel) throws SSLException {
                                    if (tls) {
                                        channel.pipeline()
                                                .addLast(
                                                        SslContextBuilder.forClient()
                                                                .build()
                                                                .newHandler(
                                                                        channel.alloc(),
                                                                        uri.getHost(),
                                                                        port));
                                    }
                                    channel.pipeline()
                                            .addLast(
                                                    new HttpClientCodec(),
                                                    new HttpObjectAggregator(MOST_BYTES),
                                                    new Receiver(uri, result));
                                }
                            })
                    .connect(new InetSocketAddress(address, port))
                    .addListener(
                            connected -> {
                                if (!connected.isSuccess()) {
                                    result.completeExceptionally(connected.cause());
                                }
                            });
            return result.get(SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalArgumentException(
                    "The picture %s could not be fetched: %s."
                            .formatted(name, e.getCause().getMessage()),
                    e);
        } catch (TimeoutException e) {
            throw new IllegalArgumentException(
                    "The picture %s did not come within %d s.".formatted(name, SECONDS), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalArgumentException("interrupted", e);
        }
    }

    private static final class Receiver extends SimpleChannelInboundHandler<FullHttpResponse> {

        private final URI uri;
        private final CompletableFuture<byte[]> result;

        Receiver(URI uri, CompletableFuture<byte[]> result) {
            this.uri = uri;
            this.result = result;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
            String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
            var request =
                    new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, path + query);
            request.headers()
                    .set(HttpHeaderNames.HOST, uri.getRawAuthority())
                    .set(HttpHeaderNames.ACCEPT, "image/*")
                    .set(HttpHeaderNames.USER_AGENT, "step3")
                    .set(HttpHeaderNames.CONNECTION, "close");
            ctx.writeAndFlush(request);
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpResponse response) {
            if (response.status().code() == 200) {
                result.complete(ByteBufUtil.getBytes(response.content()));
            } else {
                result.completeExceptionally(
                        new IllegalStateException("its host answers " + response.status().code()));
            }
            ctx.close();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            result.completeExceptionally(cause);
            ctx.close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            result.completeExceptionally(
                    new IllegalStateException("the connection was closed before its end"));
        }
    }
}
