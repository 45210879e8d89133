package io.step3.image;

import java.nio.ByteBuffer;
import javax.imageio.IIOException;

/**
 * A part of a WebP file.
 *
 * @param type four characters
 * @param data its content, from index 0 to its limit
 */
record WebpChunk(String type, ByteBuffer data) {

    /**
     * The next chunk.
     *
     * @param bytes what the reader reads
     */
    static WebpChunk next(ByteBuffer bytes, ByteReader in) throws IIOException {
        String type = in.text(4);
        long length = in.u32();
        int start = in.position();
        in.skip(length);
        in.skip(Math.min(length & 1, in.remaining()));
        return new WebpChunk(type, bytes.slice(start, (int) length));
    }

    ByteReader reader() {
        return ByteReader.littleEndian(data);
    }
}
