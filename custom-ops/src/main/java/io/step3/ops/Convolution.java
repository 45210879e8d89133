package io.step3.ops;

/**
 * The shape of a two-dimensional convolution over one picture. The input is addressed by strides,
 * so that both pixel planes (channel, y, x) and a grid of tokens (y, x, channel) can be read.
 *
 * @param channels input channels
 * @param height input rows
 * @param width input columns
 * @param channelStride floats between neighbouring channels of the input
 * @param rowStride floats between neighbouring rows of the input
 * @param columnStride floats between neighbouring columns of the input
 * @param kernel side of the square kernel
 * @param stride step of the kernel in both directions
 * @param padding zeros around the input on every side
 */
public record Convolution(
        int channels,
        int height,
        int width,
        long channelStride,
        long rowStride,
        long columnStride,
        int kernel,
        int stride,
        int padding) {

    /** A convolution over pixel planes: {@code [channels, height, width]}. */
    public static Convolution overPlanes(
            int channels, int height, int width, int kernel, int stride, int padding) {
        return new Convolution(
                channels, height, width, (long) height * width, width, 1, kernel, stride, padding);
    }

    /** A convolution over a grid of tokens: {@code [height, width, channels]}. */
    public static Convolution overTokens(
            int channels, int height, int width, int kernel, int stride, int padding) {
        return new Convolution(
                channels,
                height,
                width,
                1,
                (long) width * channels,
                channels,
                kernel,
                stride,
                padding);
    }

    /** Checks that the kernel fits the padded input. */
    public Convolution {
        if (channels < 1
                || kernel < 1
                || stride < 1
                || padding < 0
                || height < 1
                || width < 1
                || padded(height, padding) < kernel
                || padded(width, padding) < kernel
                || padded(Math.max(height, width), padding) > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "a %d x %d kernel with stride %d and padding %d does not fit %d channels of %d x %d"
                            .formatted(kernel, kernel, stride, padding, channels, height, width));
        }
    }

    /** Rows of the output. */
    public int outHeight() {
        return (int) ((padded(height, padding) - kernel) / stride + 1);
    }

    /** Columns of the output. */
    public int outWidth() {
        return (int) ((padded(width, padding) - kernel) / stride + 1);
    }

    /** Inputs that make one output: the columns of the weight. */
    public long patch() {
        return Arguments.product("shape's kernel", channels, kernel, kernel);
    }

    private static long padded(int side, int padding) {
        return side + 2L * padding;
    }
}
