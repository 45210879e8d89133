package io.step3.checkpoint;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Writes a safetensors file, byte for byte as the reference implementation does: tensors with large
 * elements first, then by name, and the header padded with spaces so that the data begins at a
 * multiple of eight.
 *
 * <pre>{@code
 * new SafetensorsWriter()
 *         .metadata("format", "pt")
 *         .add("x", DType.F32, List.of(2L, 3L), MemorySegment.ofArray(new float[6]))
 *         .write(file);
 * }</pre>
 *
 * <p>Not safe for use by several threads.
 */
public final class SafetensorsWriter {

    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();
    private static final int CHUNK_BYTES = 1 << 20;

    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final Map<String, Source> tensors = new LinkedHashMap<>();

    private record Source(
            String name, DType dtype, List<Long> shape, long bytes, Supplier<Data> data) {}

    /** The bytes of a tensor that is too large to be held: row-major and little-endian. */
    @FunctionalInterface
    public interface Data {

        /**
         * Gives a part; asked for from the first byte to the last.
         *
         * @param from which byte of the tensor's to begin with
         * @param to filled whole
         */
        void read(long from, MemorySegment to);
    }

    /** Adds a text to {@code __metadata__}. */
    public SafetensorsWriter metadata(String key, String text) {
        metadata.put(key, text);
        return this;
    }

    /**
     * Adds a tensor.
     *
     * @param name not added yet
     * @param dtype how its elements are stored
     * @param shape outermost dimension first
     * @param data its bytes, row-major and little-endian, on the heap or not; read by {@link
     *     #write}
     * @throws IllegalArgumentException if the name was added before, or the size does not fit
     */
    public SafetensorsWriter add(String name, DType dtype, List<Long> shape, MemorySegment data) {
        return add(name, dtype, shape, () -> data);
    }

    /**
     * Adds a tensor whose data is only asked for when it is its turn to be written, and may go away
     * when the next one is asked for.
     *
     * @param data gives as many bytes as shape and dtype need
     * @throws IllegalArgumentException if the name was added before, or a size is negative, or the
     *     dtype not known
     */
    public SafetensorsWriter add(
            String name, DType dtype, List<Long> shape, Supplier<MemorySegment> data) {
        return put(name, dtype, shape, () -> whole(name, dtype, shape, data.get()));
    }

    /**
     * Adds a tensor that is made as it is written, a part at a time.
     *
     * @throws IllegalArgumentException if the name was added before, or a size is negative, or the
     *     dtype not known
     */
    public SafetensorsWriter addParts(String name, DType dtype, List<Long> shape, Data data) {
        return put(name, dtype, shape, () -> data);
    }

    private static Data whole(String name, DType dtype, List<Long> shape, MemorySegment data) {
        long bytes = dtype.bytes(shape);
        if (data.byteSize() != bytes) {
            throw new IllegalArgumentException(
                    "tensor %s %s %s takes %,d bytes, not %,d"
                            .formatted(name, dtype, shape, bytes, data.byteSize()));
        }
        return (from, to) -> MemorySegment.copy(data, from, to, 0, to.byteSize());
    }

    private SafetensorsWriter put(String name, DType dtype, List<Long> shape, Supplier<Data> data) {
        if (dtype == DType.UNKNOWN || shape.stream().anyMatch(size -> size < 0)) {
            throw new IllegalArgumentException(
                    "tensor %s cannot be %s of the shape %s".formatted(name, dtype, shape));
        }
        long bytes = dtype.bytes(shape);
        var source = new Source(name, dtype, List.copyOf(shape), bytes, data);
        if (name.equals(SafetensorsHeader.METADATA) || tensors.putIfAbsent(name, source) != null) {
            throw new IllegalArgumentException(
                    "a tensor cannot be named %s: the name is taken".formatted(name));
        }
        return this;
    }

    /**
     * Writes the file: first beside it under another name, then, when all is on disk, in its place.
     * A failure leaves nothing behind, and an older file of that name as it was. A symbolic link
     * stays, and the file that it names is written. What is no regular file, such as a device or a
     * pipe, is written to directly.
     *
     * @throws IOException if it cannot be written; with the name of the file
     * @throws IllegalArgumentException if a tensor's data is not as long as its shape says
     */
    public void write(Path file) throws IOException {
        try {
            if (Files.isDirectory(file)) {
                throw new FileSystemException(
                        file.toString(), null, "is a folder: name a file in it.");
            }
            Path folder = file.toAbsolutePath().getParent();
            if (!Files.isDirectory(folder)) {
                throw new NoSuchFileException(folder.toString());
            }
            if (Files.isRegularFile(file)) {
                replace(file.toRealPath());
            } else if (Files.exists(file) || Files.isSymbolicLink(file)) {
                write(file, false, StandardOpenOption.CREATE);
            } else {
                replace(file.toAbsolutePath());
            }
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) { // as a full disk, which does not say whose
            throw new FileSystemException(file.toString(), null, e.getMessage());
        }
    }

    private void replace(Path target) throws IOException {
        Path part =
                target.resolveSibling(
                        ".%s.%s.part".formatted(target.getFileName(), UUID.randomUUID()));
        try {
            write(part, true, StandardOpenOption.CREATE_NEW);
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private void write(Path file, boolean durable, StandardOpenOption creation) throws IOException {
        var order = new ArrayList<>(tensors.values());
        order.sort(Comparator.comparing(Source::dtype).reversed().thenComparing(Source::name));
        try (var channel = FileChannel.open(file, creation, StandardOpenOption.WRITE);
                var arena = Arena.ofConfined()) {
            writeHeader(channel, order);
            MemorySegment chunk = arena.allocate(CHUNK_BYTES);
            for (Source source : order) {
                Data data = source.data.get();
                try {
                    writeData(channel, data, source.bytes, chunk);
                } catch (InternalError e) {
                    if (Hold.isLoss(e)) {
                        throw lost(source, e);
                    }
                    throw e;
                }
            }
            if (durable) {
                channel.force(true);
            }
        }
    }

    private static IOException lost(Source source, InternalError e) {
        return new IOException(
                "tensor %s could not be read: the file that it is mapped from was cut or its disk is gone"
                        .formatted(source.name),
                e);
    }

    private void writeHeader(FileChannel channel, List<Source> order) throws IOException {
        var header = new JsonObject();
        if (!metadata.isEmpty()) {
            header.add(SafetensorsHeader.METADATA, GSON.toJsonTree(metadata));
        }
        long offset = 0;
        for (Source source : order) {
            var offsets = new JsonArray();
            offsets.add(offset);
            offsets.add(offset += source.bytes);
            var entry = new JsonObject();
            entry.addProperty("dtype", source.dtype.name());
            entry.add("shape", GSON.toJsonTree(source.shape));
            entry.add("data_offsets", offsets);
            header.add(source.name, entry);
        }
        byte[] json = GSON.toJson(header).getBytes(StandardCharsets.UTF_8);
        int length = Math.ceilDiv(json.length, Long.BYTES) * Long.BYTES;
        var buffer = ByteBuffer.allocate(Long.BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(length).put(json);
        while (buffer.hasRemaining()) {
            buffer.put((byte) ' ');
        }
        writeFully(channel, buffer.flip());
    }

    /** Through a small buffer, because only byte arrays and native memory become ByteBuffers. */
    private static void writeData(FileChannel channel, Data data, long bytes, MemorySegment chunk)
            throws IOException {
        for (long done = 0; done < bytes; done += chunk.byteSize()) {
            MemorySegment part = chunk.asSlice(0, Math.min(chunk.byteSize(), bytes - done));
            data.read(done, part);
            writeFully(channel, part.asByteBuffer());
        }
    }

    private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }
}
