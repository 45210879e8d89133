package io.step3.ops;

/** The structs of the C ABI that are written here, and how large they are. */
enum Struct {
    WEIGHT("step3_weight", 56),
    SPAN("step3_span", 40),
    EMBED("step3_embed_args", 32),
    RMS_NORM("step3_rms_norm_args", 40),
    LAYER_NORM("step3_layer_norm_args", 48),
    LINEAR("step3_linear_args", 40),
    ROTATE("step3_rotate_args", 48),
    APPEND("step3_append_args", 40),
    ATTENTION("step3_attention_args", 56),
    FULL_ATTENTION("step3_full_attention_args", 48),
    ROUTE("step3_route_args", 56),
    EXPERTS("step3_experts_args", 88),
    SILU_MULTIPLY("step3_silu_multiply_args", 24),
    QUICK_GELU("step3_quick_gelu_args", 16),
    ADD("step3_add_args", 24),
    CONVOLVE("step3_convolve_args", 112),
    QUANTIZE("step3_quantize_args", 48),
    FAKE_QUANTIZE("step3_fake_quantize_args", 40);

    private final String label;
    private final int bytes;

    Struct(String label, int bytes) {
        this.label = label;
        this.bytes = bytes;
    }

    /** Its name in C. */
    String label() {
        return label;
    }

    int bytes() {
        return bytes;
    }
}
