package io.step3.server;

import java.util.UUID;

/** Names that no two things have. */
final class Ids {

    private Ids() {}

    /** A new one that begins so. */
    static String of(String prefix) {
        return prefix + UUID.randomUUID().toString().replace("-", "").substring(0, 24);
    }
}
