package io.step3.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.chat.Cancellation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class AdmissionTest {

    private final List<String> order = new CopyOnWriteArrayList<>();

    private Thread enter(Admission admission, String client, Cancellation cancellation)
            throws InterruptedException {
        int waiting = admission.waiting();
        Thread thread =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try (var place = admission.enter(client, cancellation)) {
                                        order.add(place.isGiven() ? client : client + " left");
                                    }
                                });
        while (admission.waiting() == waiting) {
            Thread.sleep(1);
        }
        return thread;
    }

    @Test
    void clientsTakeTurns() throws InterruptedException {
        var admission = new Admission(1, 30);
        List<Thread> threads = new ArrayList<>();
        try (var place = admission.enter("busy", new Cancellation())) {
            assertTrue(place.isGiven());
            for (int i = 0; i < 20; i++) {
                threads.add(enter(admission, "busy", new Cancellation()));
            }
            threads.add(enter(admission, "single", new Cancellation()));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(21, order.size());
        assertTrue(order.indexOf("single") <= 1, order.toString());
        assertEquals(0, admission.running());
    }

    @Test
    void whoLeavesWaitsNoMore() throws InterruptedException {
        var admission = new Admission(1, 1);
        try (var place = admission.enter("a", new Cancellation())) {
            var cancellation = new Cancellation();
            Thread thread = enter(admission, "b", cancellation);
            var full =
                    assertThrows(
                            RefusedException.class, () -> admission.enter("c", new Cancellation()));
            assertEquals(429, full.refusal().kind().status);
            cancellation.cancel();
            thread.join();
            assertEquals(List.of("b left"), order);
            assertEquals(0, admission.waiting());
            assertTrue(place.isGiven());
        }
        assertEquals(0, admission.running());
    }

    @Test
    void whoStopsSendsAllAway() throws InterruptedException {
        var admission = new Admission(1, 5);
        var failed = new CopyOnWriteArrayList<Refusal>();
        try (var place = admission.enter("a", new Cancellation())) {
            Thread waiting =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        try (var other = admission.enter("b", new Cancellation())) {
                                            assertFalse(other.isGiven());
                                        } catch (RefusedException e) {
                                            failed.add(e.refusal());
                                        }
                                    });
            while (admission.waiting() == 0) {
                Thread.sleep(1);
            }
            admission.stop();
            waiting.join();
            assertTrue(place.isGiven());
        }
        assertEquals(503, failed.getFirst().kind().status);
        assertThrows(RefusedException.class, () -> admission.enter("c", new Cancellation()));
    }
}
