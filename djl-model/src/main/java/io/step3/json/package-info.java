/**
 * JSON files from outside, read by the letter: {@link io.step3.json.RegularFile} gives the bytes of
 * a file that is one and has a bound, {@link io.step3.json.StrictJson} the values in them.
 */
@NullMarked
package io.step3.json;

import org.jspecify.annotations.NullMarked;
