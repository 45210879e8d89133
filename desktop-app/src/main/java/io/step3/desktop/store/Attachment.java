package io.step3.desktop.store;

/**
 * A picture as it came, kept once however often it is used.
 *
 * @param sha256 SHA-256 of the bytes, 64 lower-case hexadecimal digits
 * @param mediaType such as {@code image/png}
 * @param width in pixels
 * @param height in pixels
 * @param size in bytes
 */
public record Attachment(String sha256, String mediaType, int width, int height, long size) {}
