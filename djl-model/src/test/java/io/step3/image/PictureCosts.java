package io.step3.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Prints what decoding pictures costs: the time, and by how much the memory of the whole process
 * grew at most (Linux). For files that are named, or else for bombs as large as is allowed.
 */
final class PictureCosts {
    private PictureCosts() {}

    /** Decodes each file once, after one that warms up. */
    public static void main(String[] files) throws IOException {
        Map<String, Supplier<byte[]>> pictures = new LinkedHashMap<>();
        for (String file : files) {
            pictures.put(Path.of(file).getFileName().toString(), () -> read(file));
        }
        if (files.length == 0) {
            for (String what : PictureBombs.of(1).keySet()) {
                int side = largest(what);
                pictures.put(what + ", " + side, () -> PictureBombs.of(side).get(what).get());
            }
        }
        var decoder = new ImageDecoder();
        decoder.decode(PictureFiles.jpeg(), "warm-up");
        System.out.printf("%-40s %12s %8s %8s%n", "picture", "bytes", "ms", "MB");
        for (var picture : pictures.entrySet()) {
            byte[] file = picture.getValue().get();
            System.gc();
            Files.writeString(Path.of("/proc/self/clear_refs"), "5");
            long before = kilobytes("VmRSS:");
            long began = System.nanoTime();
            String result;
            try {
                result = decoder.decode(file, picture.getKey()).size().toString();
            } catch (InvalidImageException e) {
                result = e.getMessage();
            }
            System.out.printf(
                    "%-40s %12d %8d %8d %s%n",
                    picture.getKey(),
                    file.length,
                    (System.nanoTime() - began) / 1_000_000,
                    Math.max(0, kilobytes("VmHWM:") - before) >> 10,
                    result);
        }
    }

    /** The side of the largest square that is taken of a format. */
    private static int largest(String what) {
        return switch (what) {
            case "jpeg" -> 10_900;
            case "jpeg progressive" -> 5_000;
            case "jpeg progressive grey" -> 6_500;
            case "png of one bit", "png rgb" -> 8_000;
            case "png rgba interlaced", "png rgba of 16 bits" -> 5_800;
            default -> what.startsWith("bmp") ? 8_000 : 6_300;
        };
    }

    private static byte[] read(String file) {
        try {
            return Files.readAllBytes(Path.of(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long kilobytes(String key) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith(key)) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        return 0;
    }
}
