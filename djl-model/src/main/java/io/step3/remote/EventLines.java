package io.step3.remote;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a stream of server-sent events into the {@code data} of each, however the network cut it. A
 * line ends with a line feed, a carriage return, or both; comments and fields other than {@code
 * data} say nothing. What has no blank line behind it at the stream's end is no event. For one
 * thread.
 */
final class EventLines {

    /** The most bytes of one line and of one event: a tool call with a file in it fits. */
    static final int MOST_BYTES = 16 << 20;

    private static final String DATA = "data";
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final StringBuilder data = new StringBuilder();
    private boolean hasData;
    private boolean first = true;

    /** Whether the last byte was a carriage return, of which a line feed may be the rest. */
    private boolean returned;

    /**
     * Takes the next bytes.
     *
     * @return the data of the events that they end
     * @throws IllegalArgumentException if a line or an event is too long, or no valid UTF-8
     */
    List<String> feed(byte[] bytes) {
        List<String> events = new ArrayList<>();
        for (byte b : bytes) {
            if (b == '\n' && returned) {
                returned = false;
                continue;
            }
            returned = b == '\r';
            if (b == '\n' || b == '\r') {
                end(events);
            } else if (line.size() < MOST_BYTES) {
                line.write(b);
            } else {
                throw tooLong();
            }
        }
        return events;
    }

    private void end(List<String> events) {
        String text = decoded();
        line.reset();
        if (first) {
            first = false;
            text = !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? text.substring(1) : text;
        }
        if (text.isEmpty()) {
            if (hasData) {
                events.add(data.toString());
            }
            data.setLength(0);
            hasData = false;
            return;
        }
        int colon = text.indexOf(':');
        String field = colon < 0 ? text : text.substring(0, colon);
        if (!field.equals(DATA)) {
            return;
        }
        String value = colon < 0 ? "" : text.substring(colon + 1);
        if (hasData) {
            data.append('\n');
        }
        hasData = true;
        data.append(value.startsWith(" ") ? value.substring(1) : value);
        if (data.length() > MOST_BYTES) {
            throw tooLong();
        }
    }

    private String decoded() {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(line.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("a line of it is not valid UTF-8", e);
        }
    }

    private static IllegalArgumentException tooLong() {
        return new IllegalArgumentException(
                "an event of it is longer than %,d bytes".formatted(MOST_BYTES));
    }
}
