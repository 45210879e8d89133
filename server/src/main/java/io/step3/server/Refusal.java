package io.step3.server;

import java.time.Duration;
import java.util.Optional;

/**
 * Why a request is not answered.
 *
 * @param kind what sort of reason
 * @param message one sentence: what is wrong, and what to do
 * @param field of the request that is wrong, if it is one
 * @param code by which programs know it, if it has one
 * @param retryAfter when to try again, if that helps
 */
record Refusal(
        Kind kind,
        String message,
        Optional<String> field,
        Optional<String> code,
        Optional<Duration> retryAfter) {

    /** Sorts of reasons, with the names that both APIs have for them. */
    enum Kind {
        INVALID(400, "invalid_request_error"),
        UNKNOWN_KEY(401, "authentication_error"),
        FORBIDDEN(403, "permission_error"),
        NOT_FOUND(404, "not_found_error"),
        WRONG_METHOD(405, "invalid_request_error"),
        TOO_SLOW(408, "timeout_error"),
        TOO_LARGE(413, "request_too_large"),
        UNKNOWN_CODING(415, "invalid_request_error"),
        HEADERS_TOO_LARGE(431, "invalid_request_error"),
        BUSY(429, "rate_limit_error"),
        FAULT(500, "api_error"),
        STOPPING(503, "overloaded_error");

        final int status;
        final String type;

        Kind(int status, String type) {
            this.status = status;
            this.type = type;
        }
    }

    static Refusal of(Kind kind, String message) {
        return new Refusal(kind, message, Optional.empty(), Optional.empty(), Optional.empty());
    }

    static Refusal invalid(String message) {
        return of(Kind.INVALID, message);
    }

    /** The same, to be tried again. */
    Refusal retry(Duration after) {
        return new Refusal(kind, message, field, code, Optional.of(after));
    }
}
