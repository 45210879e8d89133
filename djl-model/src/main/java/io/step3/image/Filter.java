package io.step3.image;

/** The curves that resampling weighs neighbours with. */
public enum Filter {
    /** A triangle over two pixels. */
    BILINEAR(1) {
        @Override
        float weigh(float x) {
            return Math.max(0, 1 - Math.abs(x));
        }
    },

    /** Keys' cubic convolution with a = -0.5, over four pixels. */
    BICUBIC(2) {
        @Override
        float weigh(float x) {
            // Keys, "Cubic Convolution Interpolation for Digital Image Processing" (1981), eq. 4.
            float a = -0.5f;
            float d = Math.abs(x);
            if (d < 1) {
                return ((a + 2) * d - (a + 3)) * d * d + 1;
            }
            return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
        }
    };

    /** How far the curve reaches to either side, in pixels. */
    final int support;

    Filter(int support) {
        this.support = support;
    }

    abstract float weigh(float x);
}
