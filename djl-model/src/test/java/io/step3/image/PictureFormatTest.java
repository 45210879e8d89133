package io.step3.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The first bytes tell a picture's format, and nothing shorter or other does. */
class PictureFormatTest {

    @ParameterizedTest
    @CsvSource({
        "89504e470d0a1a0a00, image/png",
        "ffd8ffe0, image/jpeg",
        "474946383761, image/gif",
        "474946383961, image/gif",
        "424d00, image/bmp",
        "524946460400000057454250, image/webp",
        "524946460400000057415645, ''",
        "89504e47, ''",
        "ffd8, ''",
        "474946383861, ''",
        "42, ''",
        "'', ''",
    })
    void theFirstBytesTellTheFormat(String hex, String mediaType) {
        byte[] file = HexFormat.of().parseHex(hex);
        assertEquals(
                mediaType.isEmpty() ? Optional.empty() : Optional.of(mediaType),
                PictureFormat.of(ByteBuffer.wrap(file)).map(PictureFormat::mediaType),
                () -> new String(file, StandardCharsets.ISO_8859_1));
    }
}
