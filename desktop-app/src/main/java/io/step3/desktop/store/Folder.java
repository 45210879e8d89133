package io.step3.desktop.store;

/** A folder of conversations. */
public record Folder(long id, String name) {}
