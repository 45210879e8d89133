package io.step3.json;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Python writes {@code NaN}, {@code Infinity} and {@code -Infinity} where JSON has no such numbers.
 * They are made texts here, so that a file with one in a place that nobody reads can be read, and
 * whoever wants a number there names it.
 */
public final class PythonNumbers {

    private static final String[] NAMES = {"NaN", "Infinity", "-Infinity"};

    private PythonNumbers() {}

    /**
     * @param utf8 JSON as Python writes it
     * @return the same with quotation marks around such numbers
     */
    public static byte[] quoted(byte[] utf8) {
        var out = new ByteArrayOutputStream(utf8.length + 16);
        boolean inText = false;
        int i = 0;
        while (i < utf8.length) {
            String name = inText ? null : nameAt(utf8, i);
            if (name != null) {
                out.writeBytes(('"' + name + '"').getBytes(StandardCharsets.US_ASCII));
                i += name.length();
                continue;
            }
            byte b = utf8[i++];
            out.write(b);
            if (b == '"') {
                inText = !inText;
            } else if (b == '\\' && inText && i < utf8.length) {
                out.write(utf8[i++]);
            }
        }
        return out.toByteArray();
    }

    private static @Nullable String nameAt(byte[] utf8, int at) {
        for (String name : NAMES) {
            boolean there = at + name.length() <= utf8.length;
            for (int i = 0; there && i < name.length(); i++) {
                there = utf8[at + i] == name.charAt(i);
            }
            if (there) {
                return name;
            }
        }
        return null;
    }
}
