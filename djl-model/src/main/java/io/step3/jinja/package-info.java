/**
 * Jinja templates, rendered as Python's Jinja2 3.1 renders them the way Hugging Face's transformers
 * sets it up: {@code ImmutableSandboxedEnvironment} with {@code trim_blocks} and {@code
 * lstrip_blocks}, {@code break} and {@code continue}, {@code generation} blocks, {@code tojson} as
 * {@code json.dumps(ensure_ascii=False)}, {@code raise_exception} and {@code strftime_now}.
 *
 * <p>A text goes through four steps:
 *
 * <ol>
 *   <li>The {@code Lexer} cuts it into {@code Token}s.
 *   <li>{@code Parser} and {@code ExpressionParser} read {@code Statement}s and {@code
 *       Expression}s.
 *   <li>{@code Scopes} decides which names belong to which scope.
 *   <li>{@code Interpreter} carries out the statements and {@code Evaluator} computes the
 *       expressions, once for every rendering.
 * </ol>
 *
 * <p>The rest is Python: its values ({@code Sequence}, {@code Dict}, {@code Range}, {@code Lazy},
 * {@code Undefined}...; texts are Java's own strings, but all that counts characters counts code
 * points), its operators, its methods of {@code str} and {@code dict}, and Jinja's filters and
 * tests.
 *
 * <p>Templates are hostile. Nothing here reflects, no Java object is in their reach, and each
 * operation pays its {@code Budget} for what it touches before it touches it: for work, for memory
 * and for depth. No clock is asked, so that a loaded machine refuses nothing that an idle one
 * renders. Values cannot be changed once they are built, and one that would take for ever to walk
 * through is not built.
 *
 * <p>Left out, and refused in one sentence: {@code include}, {@code import} and {@code extends} (a
 * chat template is one file), {@code random} and {@code lipsum} (a prompt is the same every time),
 * {@code encode} (there are no bytes), complex numbers, numbers of more than 30,000 digits. {@code
 * striptags} reads a dozen of HTML's named characters only, {@code urlize} leaves words of more
 * than 1000 characters alone, and generators print without their address.
 *
 * <p>The package depends on nothing but Java and JSpecify's annotations.
 */
@NullMarked
package io.step3.jinja;

import org.jspecify.annotations.NullMarked;
