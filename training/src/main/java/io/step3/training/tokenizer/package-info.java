/**
 * A byte-level BPE tokenizer: trained on text, saved as a Hugging Face {@code tokenizer.json}, and
 * fast enough to feed the training.
 */
package io.step3.training.tokenizer;
