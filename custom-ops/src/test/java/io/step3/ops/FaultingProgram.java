package io.step3.ops;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Survives a loss that is guarded, and then makes a fault that is not. */
final class FaultingProgram {
    private static final int BYTES = 1 << 20;

    private FaultingProgram() {}

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[1]);
        Arena arena = Arena.global();
        NativeBackend backend =
                NativeBackend.load(
                        PackedLibrary.find().orElseThrow().extract(folder.resolve("cache")));
        Stream stream = backend.newStream();
        Buffer x = backend.allocate(arena, 4096);
        Buffer out = backend.allocate(arena, BYTES);
        MemorySegment guarded = cut(folder.resolve("guarded"), arena);
        try (MappingGuard guard = backend.guard(guarded)) {
            stream.linear(
                    out,
                    x,
                    backend.hold(new Weight(Format.of(WeightType.F32), guarded, 256, 1024)),
                    null,
                    1);
        } catch (WeightsLostException e) {
            System.out.println("refused what was lost");
        }
        if (arguments[0].equals("segmentation")) {
            MemorySegment.ofAddress(4096).reinterpret(4096).get(ValueLayout.JAVA_INT, 0);
        } else {
            MemorySegment plain = cut(folder.resolve("plain"), arena);
            stream.linear(
                    out,
                    x,
                    backend.hold(new Weight(Format.of(WeightType.F32), plain, 256, 1024)),
                    null,
                    1);
        }
        System.out.println("survived");
    }

    private static MemorySegment cut(Path file, Arena arena) throws IOException {
        try (var channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            MemorySegment mapping = channel.map(MapMode.READ_WRITE, 0, BYTES, arena);
            channel.truncate(100);
            return mapping;
        }
    }
}
