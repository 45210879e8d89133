package io.step3.desktop.app;

import com.sun.management.ThreadMXBean;
import io.step3.desktop.markdown.Block;
import io.step3.desktop.render.DocumentView;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import javafx.animation.AnimationTimer;
import javafx.collections.ListChangeListener;
import javafx.scene.Node;
import javafx.scene.Parent;

/**
 * Measures what the FX thread does from one frame to the next, in its own CPU time: other programs
 * on the machine make it wait, but not work more. To be used on the FX thread.
 */
final class FrameMeter extends AnimationTimer {

    /**
     * One frame.
     *
     * @param cpu nanoseconds that the FX thread worked
     * @param allocated bytes that it allocated
     * @param built blocks that got nodes
     * @param flush whether text came
     * @param tokens of the answer that there were
     */
    record Frame(long cpu, long allocated, int built, boolean flush, int tokens) {}

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int COUNT_EVERY = 30;

    private Node root;
    private final IntSupplier tokens;
    private final List<Frame> frames = new ArrayList<>();
    private final List<DocumentView> documents = new ArrayList<>();
    private final ListChangeListener<Node> nodes = this::heard;
    private List<Block> lastBlocks = List.of();
    private int built;
    private int mostNodes;
    private long cpu = -1;
    private long allocated;

    FrameMeter(Node root, IntSupplier tokens) {
        this.root = root;
        this.tokens = tokens;
    }

    /** Counts what comes into this document. */
    void watch(DocumentView document) {
        documents.add(document);
        document.getChildrenUnmodifiable().addListener(nodes);
    }

    private void heard(ListChangeListener.Change<? extends Node> change) {
        while (change.next()) {
            built += change.getAddedSize();
        }
    }

    /** What was measured. */
    List<Frame> frames() {
        return frames;
    }

    /** The most nodes that there were at a time. */
    int mostNodes() {
        return mostNodes;
    }

    /** Measures no more, and lets go of what it looked at. */
    void end() {
        stop();
        documents.forEach(document -> document.getChildrenUnmodifiable().removeListener(nodes));
        documents.clear();
        root = null;
        lastBlocks = List.of();
    }

    @Override
    public void handle(long now) {
        long spent = THREADS.getCurrentThreadCpuTime() - cpu;
        long used = THREADS.getCurrentThreadAllocatedBytes() - allocated;
        List<Block> last =
                documents.stream()
                        .map(DocumentView::blocks)
                        .filter(blocks -> !blocks.isEmpty())
                        .map(List::getLast)
                        .toList();
        if (cpu >= 0) {
            frames.add(new Frame(spent, used, built, !same(last, lastBlocks), tokens.getAsInt()));
        }
        lastBlocks = last;
        built = 0;
        if (frames.size() % COUNT_EVERY == 0) {
            mostNodes = Math.max(mostNodes, count(root));
        }
        // What the meter itself does is left out.
        allocated = THREADS.getCurrentThreadAllocatedBytes();
        cpu = THREADS.getCurrentThreadCpuTime();
    }

    private static boolean same(List<Block> some, List<Block> others) {
        boolean same = some.size() == others.size();
        for (int i = 0; same && i < some.size(); i++) {
            same = some.get(i) == others.get(i);
        }
        return same;
    }

    private static int count(Node node) {
        int count = 1;
        if (node instanceof Parent parent) {
            for (Node child : parent.getChildrenUnmodifiable()) {
                count += count(child);
            }
        }
        return count;
    }
}
