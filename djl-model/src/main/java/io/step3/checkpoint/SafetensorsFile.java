package io.step3.checkpoint;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A safetensors file: eight bytes that say how long the header is, the header (JSON), the data.
 *
 * <p>Opening reads the header and keeps nothing open. The whole file is mapped, read-only, when the
 * first tensor is asked for, and stays mapped until the owner's arena is closed; asking for a
 * tensor reads nothing, and the operating system fetches pages as they are touched. Files and
 * tensors may be larger than 2 GB. Safe for use by several threads.
 *
 * <p>A file must not be cut or overwritten while it is mapped: touching what is gone ends in an
 * {@link InternalError}; only what reads through a {@link Hold} is told in a sentence. Replacing it
 * (as {@link SafetensorsWriter} does) is harmless.
 */
public final class SafetensorsFile {

    // The limit of the reference implementation.
    private static final long MAX_HEADER_BYTES = 100_000_000;

    private final Path file;
    private final Arena arena;
    private final FileState state;
    private final SafetensorsHeader header;
    private @Nullable MemorySegment mapped;

    private SafetensorsFile(Path file, Arena arena, FileState state, SafetensorsHeader header) {
        this.file = file;
        this.arena = arena;
        this.state = state;
        this.header = header;
    }

    /**
     * Reads and checks the header.
     *
     * @param file a regular file or a link to one
     * @param arena owns the mapping; its kind decides which threads may read the tensors
     * @throws CheckpointException if the file is missing, cut off or not a sound safetensors file
     */
    public static SafetensorsFile open(Path file, Arena arena) {
        if (!Files.isRegularFile(file)) {
            throw new CheckpointException(file + " is missing or not a file");
        }
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            FileState state = FileState.of(file);
            long size = channel.size();
            if (size < Long.BYTES) {
                throw new CheckpointException(
                        "%s has only %d bytes, which is no safetensors file: download it again"
                                .formatted(file, size));
            }
            long length =
                    ByteBuffer.wrap(read(channel, 0, Long.BYTES))
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getLong();
            if (length < 0 || length > MAX_HEADER_BYTES) {
                throw new CheckpointException(
                        "%s says its header has %s bytes, more than the %,d of any safetensors file"
                                .formatted(file, Long.toUnsignedString(length), MAX_HEADER_BYTES));
            }
            long dataStart = Long.BYTES + length;
            if (dataStart > size) {
                throw new CheckpointException(
                        "%s is cut off within its header (%,d of at least %,d bytes): download it again"
                                .formatted(file, size, dataStart));
            }
            byte[] json = read(channel, Long.BYTES, (int) length);
            var header = SafetensorsHeader.parse(file, json, dataStart, size - dataStart);
            return new SafetensorsFile(file, arena, state, header);
        } catch (IOException e) {
            throw new CheckpointException("%s cannot be read (%s)".formatted(file, e), e);
        }
    }

    /** Where it lies. */
    public Path file() {
        return file;
    }

    /** The tensors by name, in the order of their data. Reads nothing. */
    public Map<String, TensorInfo> tensors() {
        return header.tensors();
    }

    /** The texts of {@code __metadata__}, empty if there are none. */
    public Map<String, String> metadata() {
        return header.metadata();
    }

    /**
     * A tensor, where it lies in the mapped file.
     *
     * @throws CheckpointException if the file has no such tensor, or changed since it was opened
     * @throws IllegalStateException if the arena is closed
     */
    public Tensor tensor(String name) {
        TensorInfo info = header.tensors().get(name);
        if (info == null) {
            throw new CheckpointException("%s has no tensor %s".formatted(file, name));
        }
        return new Tensor(info, mapping().asSlice(info.offset(), info.bytes()));
    }

    /** What happened to the file since it was opened, as the end of a sentence. */
    Optional<String> change() {
        return state.change(file);
    }

    /** The whole file, mapped. */
    synchronized MemorySegment mapping() {
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException(file + " is closed");
        }
        if (mapped == null) {
            try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
                FileState now = FileState.of(file);
                if (!now.equals(state) || channel.size() != state.bytes()) {
                    throw new CheckpointException(
                            "%s changed since it was opened (%,d bytes then, %,d now): open the checkpoint again"
                                    .formatted(file, state.bytes(), now.bytes()));
                }
                mapped = channel.map(MapMode.READ_ONLY, 0, state.bytes(), arena);
            } catch (IOException e) {
                throw new CheckpointException("%s cannot be mapped (%s)".formatted(file, e), e);
            }
        }
        return mapped;
    }

    private static byte[] read(FileChannel channel, long position, int length) throws IOException {
        var buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new EOFException();
            }
        }
        return buffer.array();
    }
}
