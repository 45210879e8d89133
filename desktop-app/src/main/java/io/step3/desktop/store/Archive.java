package io.step3.desktop.store;

/** Conversations to and from files. */
public final class Archive {
    Archive(Database database, DataFolder folder) {}
}
