package io.step3.chat;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class CancellationTest {

    @Test
    void oneWithinAnotherIsCancelledWithItAndNotTheOtherWayRound() {
        Cancellation outer = new Cancellation();
        Cancellation inner = Cancellation.within(outer);
        Cancellation other = Cancellation.within(outer);
        inner.cancel();
        assertTrue(inner.isCancelled());
        assertFalse(outer.isCancelled() || other.isCancelled());
        outer.cancel();
        assertThrows(CancellationException.class, other::throwIfCancelled);
    }

    @Test
    void anActionRunsOnceInTheThreadThatCancels() {
        Cancellation cancellation = new Cancellation();
        List<Thread> ran = new ArrayList<>();
        cancellation.onCancel(() -> ran.add(Thread.currentThread()));
        assertEquals(List.of(), ran);
        cancellation.cancel();
        cancellation.cancel();
        assertEquals(List.of(Thread.currentThread()), ran);
    }

    @Test
    void whereSomebodyAskedAlreadyItRunsAtOnce() {
        Cancellation outer = new Cancellation();
        outer.cancel();
        for (Cancellation one : List.of(outer, Cancellation.within(outer))) {
            AtomicInteger ran = new AtomicInteger();
            one.onCancel(ran::incrementAndGet).close();
            assertEquals(1, ran.get());
        }
    }

    @Test
    void theOuterOnesWishRunsItToo() {
        Cancellation outer = new Cancellation();
        Cancellation inner = Cancellation.within(Cancellation.within(outer));
        AtomicInteger ran = new AtomicInteger();
        inner.onCancel(ran::incrementAndGet);
        outer.cancel();
        inner.cancel();
        assertEquals(1, ran.get());
    }

    @Test
    void aClosedRegistrationRunsNoMore() {
        Cancellation outer = new Cancellation();
        Cancellation inner = Cancellation.within(outer);
        Cancellation.Registration registration =
                inner.onCancel(() -> assertTrue(false, "it was closed"));
        registration.close();
        registration.close();
        inner.cancel();
        outer.cancel();
    }

    @Test
    void anActionThatFailsKeepsNoOtherFromRunning() {
        Cancellation cancellation = new Cancellation();
        var first = new IllegalStateException("first");
        var second = new IllegalStateException("second");
        AtomicInteger ran = new AtomicInteger();
        cancellation.onCancel(
                () -> {
                    throw first;
                });
        cancellation.onCancel(
                () -> {
                    throw second;
                });
        cancellation.onCancel(ran::incrementAndGet);
        assertSame(first, assertThrows(IllegalStateException.class, cancellation::cancel));
        assertSame(second, first.getSuppressed()[0]);
        assertEquals(1, ran.get());
        assertDoesNotThrow(cancellation::cancel);
    }

    /** An action may listen, cancel and close itself: nothing is locked while it runs. */
    @Test
    void anActionMayUseWhatItListensTo() {
        Cancellation cancellation = new Cancellation();
        AtomicInteger ran = new AtomicInteger();
        List<Cancellation.Registration> own = new ArrayList<>();
        own.add(
                cancellation.onCancel(
                        () -> {
                            own.getFirst().close();
                            cancellation.cancel();
                            cancellation.onCancel(ran::incrementAndGet);
                        }));
        cancellation.cancel();
        assertEquals(1, ran.get());
    }

    @Test
    void howeverThreadsMeetEachActionRunsOnce() throws Exception {
        try (var threads = Executors.newFixedThreadPool(4)) {
            for (int round = 0; round < 500; round++) {
                Cancellation outer = new Cancellation();
                Cancellation inner = Cancellation.within(outer);
                CountDownLatch start = new CountDownLatch(1);
                AtomicInteger[] ran = {new AtomicInteger(), new AtomicInteger()};
                List<Future<?>> done = new ArrayList<>();
                for (AtomicInteger count : ran) {
                    done.add(
                            threads.submit(
                                    () -> {
                                        start.await();
                                        return inner.onCancel(count::incrementAndGet);
                                    }));
                }
                for (Cancellation one : List.of(outer, inner)) {
                    done.add(
                            threads.submit(
                                    () -> {
                                        start.await();
                                        one.cancel();
                                        return null;
                                    }));
                }
                start.countDown();
                for (Future<?> one : done) {
                    one.get();
                }
                assertEquals(1, ran[0].get(), "round " + round);
                assertEquals(1, ran[1].get(), "round " + round);
            }
        }
    }

    /** What it is for: whoever waits for the bytes of a server waits no more. */
    @Test
    void itBreaksOffAReadThatWaits() throws Exception {
        Cancellation cancellation = new Cancellation();
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var socket = new Socket(server.getInetAddress(), server.getLocalPort());
                var far = server.accept();
                var threads = Executors.newSingleThreadExecutor();
                var registration = cancellation.onCancel(() -> close(socket))) {
            Future<Integer> read = threads.submit(() -> socket.getInputStream().read());
            cancellation.cancel();
            var failure = assertThrows(ExecutionException.class, read::get);
            assertInstanceOf(IOException.class, failure.getCause());
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
