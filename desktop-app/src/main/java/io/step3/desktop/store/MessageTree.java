package io.step3.desktop.store;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The shape of a conversation: which message follows which. Messages with the same parent are
 * siblings, in the order in which they were written; those without one are the siblings that begin
 * the conversation.
 */
final class MessageTree {

    /**
     * One message.
     *
     * @param seen the larger, the later it was last on the shown branch
     */
    record Node(long id, OptionalLong parent, long seen) {}

    private final Map<Long, Node> nodes = new HashMap<>();
    private final Map<OptionalLong, List<Node>> children = new HashMap<>();

    /** Takes the messages in the order in which they were written. */
    MessageTree(List<Node> written) {
        for (Node node : written) {
            nodes.put(node.id(), node);
            children.computeIfAbsent(node.parent(), parent -> new ArrayList<>()).add(node);
        }
    }

    /** The messages from the start to this one. */
    List<Long> pathTo(long id) {
        Deque<Long> path = new ArrayDeque<>();
        Node node = nodes.get(id);
        while (node != null) {
            path.addFirst(node.id());
            node = node.parent().isPresent() ? nodes.get(node.parent().getAsLong()) : null;
        }
        return List.copyOf(path);
    }

    /** This message and those beside it, oldest first. */
    List<Long> siblings(long id) {
        return children.get(nodes.get(id).parent()).stream().map(Node::id).toList();
    }

    /** The end of the branch that goes through this message and was last shown. */
    long leafBelow(long id) {
        Node node = nodes.get(id);
        while (children.containsKey(OptionalLong.of(node.id()))) {
            node = latestSeen(children.get(OptionalLong.of(node.id())));
        }
        return node.id();
    }

    private static Node latestSeen(List<Node> siblings) {
        Node latest = siblings.getFirst();
        for (Node node : siblings) {
            if (node.seen() >= latest.seen()) {
                latest = node;
            }
        }
        return latest;
    }
}
