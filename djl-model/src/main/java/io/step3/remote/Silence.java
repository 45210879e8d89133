package io.step3.remote;

/** Nothing came from a server for as long as was waited. */
final class Silence extends Exception {

    private static final long serialVersionUID = 1L;
}
