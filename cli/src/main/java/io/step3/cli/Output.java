package io.step3.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Where a command prints, as UTF-8 whatever the locale says. No control character but line feed and
 * tab gets through, whoever wrote the text: a model, a template, a header. They could recolour,
 * rename, answer for or scroll away what the reader sees on a terminal, now or when a file is shown
 * later. What the program itself wants of the terminal goes through {@link #style}.
 */
final class Output extends PrintStream {

    private final Printable target;
    private final boolean styled;

    /**
     * Prints to a stream.
     *
     * @param target gets UTF-8
     * @param styled whether it is a terminal that shows styles
     */
    Output(OutputStream target, boolean styled) {
        this(new Printable(target), styled);
    }

    private Output(Printable target, boolean styled) {
        super(target, false, StandardCharsets.UTF_8);
        this.target = target;
        this.styled = styled;
    }

    /** Sends an escape sequence of the program's own to a terminal that shows styles. */
    void style(String sequence) {
        if (styled) {
            flush();
            target.raw(sequence);
        }
    }

    /** Why not everything could be written, if so. */
    Optional<IOException> failure() {
        flush();
        return Optional.ofNullable(target.failure);
    }

    /** Drops the bytes of control characters: C0 but tab and line feed, delete, and C1. */
    private static final class Printable extends FilterOutputStream {

        /** The first byte of every C1 character in UTF-8, and of 32 others; held until the next. */
        private static final int C1_LEAD = 0xC2;

        private static final int DELETE = 0x7F;

        private boolean held;
        private IOException failure;

        Printable(OutputStream target) {
            super(target);
        }

        @Override
        public void write(int value) throws IOException {
            int b = value & 0xFF;
            try {
                if (held) {
                    held = false;
                    if (b >= 0x80 && b <= 0x9F) {
                        return;
                    }
                    out.write(C1_LEAD);
                }
                if (b == C1_LEAD) {
                    held = true;
                } else if (b == '\n' || b == '\t' || b >= ' ' && b != DELETE) {
                    out.write(b);
                }
            } catch (IOException e) {
                throw failed(e);
            }
        }

        @Override
        public void flush() throws IOException {
            try {
                out.flush();
            } catch (IOException e) {
                throw failed(e);
            }
        }

        void raw(String sequence) {
            try {
                out.write(sequence.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                failed(e);
            }
        }

        private IOException failed(IOException e) {
            if (failure == null) {
                failure = e;
            }
            return e;
        }
    }
}
