package io.step3.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;

/**
 * The page at the root: one file that loads nothing. Its policy lets the browser run this script
 * and no other, and ask this server and no other.
 *
 * @param html UTF-8
 * @param policy its {@code Content-Security-Policy}
 */
record Page(byte[] html, String policy) {

    private static final String FILE = "page.html";

    static Page load() {
        try (InputStream in = Page.class.getResourceAsStream(FILE)) {
            byte[] html = in.readAllBytes();
            String text = new String(html, StandardCharsets.UTF_8);
            return new Page(
                    html,
                    ("default-src 'none'; script-src 'sha256-%s'; style-src 'sha256-%s';"
                                    + " img-src data: blob:; connect-src 'self';"
                                    + " form-action 'none'; base-uri 'none';"
                                    + " frame-ancestors 'none'")
                            .formatted(digest(text, "script"), digest(text, "style")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String digest(String html, String tag) {
        String open = "<" + tag + ">";
        int from = html.indexOf(open) + open.length();
        String content = html.substring(from, html.indexOf("</" + tag + ">", from));
        try {
            return Base64.getEncoder()
                    .encodeToString(
                            MessageDigest.getInstance("SHA-256")
                                    .digest(content.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    void send(Exchange exchange) {
        exchange.send(
                200,
                "text/html; charset=utf-8",
                html,
                Map.of(
                        "content-security-policy",
                        policy,
                        "referrer-policy",
                        "no-referrer",
                        "cache-control",
                        "no-cache"));
    }
}
