/**
 * Step3 as a DJL model. Besides this package only {@code io.step3.chat} uses DJL, for its binding
 * of the tokenizers library, and {@code io.step3.djl.torch}.
 *
 * <p>{@link io.step3.djl.Step3Engine} is a thin engine named {@code "Step3"} that never becomes the
 * default. A {@link io.step3.djl.Step3DjlModel} holds a {@link io.step3.generate.Step3}, and its
 * {@link io.step3.djl.Step3Block} carries requests and answers as they are: they cross DJL's {@code
 * NDList} as opaque objects, so that no other engine, and no libtorch, is loaded. The {@link
 * io.step3.djl.Step3TranslatorFactory} serves {@code (ChatRequest, ChatResponse)}, {@code (String,
 * String)} and, for DJL Serving, {@code (Input, Output)}.
 *
 * <p>{@link io.step3.djl.FolderRepositoryFactory} makes {@code optModelPath} of a Step3 folder know
 * its engine and translators by itself.
 */
@NullMarked
package io.step3.djl;

import org.jspecify.annotations.NullMarked;
