package io.step3.tests;

import ai.djl.repository.zoo.Criteria;
import io.step3.generate.Step3;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketImpl;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/**
 * A program that uses Step3 as its users do, and writes a line for every connection that anything
 * in it asks for, of which it makes none. Its argument: {@code criteria}, {@code zoo} or {@code
 * plain}.
 */
final class Connections {

    private Connections() {}

    @SuppressWarnings("deprecation") // there is no other way to see every socket
    public static void main(String[] args) throws Exception {
        ProxySelector.setDefault(
                new ProxySelector() {
                    @Override
                    public List<Proxy> select(URI uri) {
                        System.out.println("CONNECTION " + uri);
                        return List.of(Proxy.NO_PROXY);
                    }

                    @Override
                    public void connectFailed(URI uri, SocketAddress address, IOException e) {}
                });
        Socket.setSocketImplFactory(NoSocket::new);
        switch (args[0]) {
            case "criteria" -> {
                var criteria =
                        Criteria.builder()
                                .setTypes(String.class, String.class)
                                .optModelPath(Path.of(args[1]))
                                .optOption("contextLength", "64")
                                .build();
                try (var model = criteria.loadModel();
                        var predictor = model.newPredictor()) {
                    predictor.predict("hi");
                }
            }
            case "zoo" -> {
                var criteria =
                        Criteria.builder()
                                .setTypes(String.class, String.class)
                                .optArtifactId("io.step3:step3-tiny")
                                .build();
                try (var model = criteria.loadModel();
                        var predictor = model.newPredictor()) {
                    predictor.predict("2 + 3");
                }
            }
            default -> {
                try (Step3 step3 = Step3.load(Path.of(args[1]))) {
                    step3.tokenizer().encode("hi");
                }
            }
        }
        System.out.println("DONE");
    }

    /** Says where it should go, and goes nowhere. */
    private static final class NoSocket extends SocketImpl {

        private void refuse(Object to) throws IOException {
            System.out.println("CONNECTION " + to);
            throw new IOException("no connections here");
        }

        @Override
        protected void create(boolean stream) {}

        @Override
        protected void connect(String host, int port) throws IOException {
            refuse(host);
        }

        @Override
        protected void connect(InetAddress address, int port) throws IOException {
            refuse(address);
        }

        @Override
        protected void connect(SocketAddress address, int timeout) throws IOException {
            refuse(address);
        }

        @Override
        protected void bind(InetAddress host, int port) throws IOException {
            refuse(host);
        }

        @Override
        protected void listen(int backlog) {}

        @Override
        protected void accept(SocketImpl s) throws IOException {
            refuse(s);
        }

        @Override
        protected InputStream getInputStream() {
            return InputStream.nullInputStream();
        }

        @Override
        protected OutputStream getOutputStream() {
            return OutputStream.nullOutputStream();
        }

        @Override
        protected int available() {
            return 0;
        }

        @Override
        protected void close() {}

        @Override
        protected void sendUrgentData(int data) {}

        @Override
        public void setOption(int id, Object value) {}

        @Override
        public Object getOption(int id) {
            return 0;
        }
    }
}
