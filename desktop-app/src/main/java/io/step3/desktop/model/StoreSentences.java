package io.step3.desktop.model;

import io.step3.desktop.store.StoreException;

/** What a failure of the store is called in the window's language. */
public final class StoreSentences {

    private StoreSentences() {}

    /** One sentence. */
    public static String of(StoreException failure, Words words) {
        return switch (failure) {
            case StoreException.InUse e -> words.text("store.inUse", e.path());
            case StoreException.ReadOnly e -> words.text("store.readOnly", e.path());
            case StoreException.DiskFull e -> words.text("store.full", e.path());
            case StoreException.TooNew e -> words.text("store.tooNew", e.path());
            case StoreException.Damaged e -> words.text("store.damaged", e.path());
            case StoreException.DatabaseLost e when e.backup().isPresent() ->
                    words.text("store.lostWithCopy", e.path(), e.backup().get());
            case StoreException.DatabaseLost e -> words.text("store.lost", e.path());
            case StoreException.Foreign e -> words.text("store.foreign", e.path());
            case StoreException.PictureLost e ->
                    words.text(
                            e.missing() ? "store.pictureMissing" : "store.pictureDamaged",
                            e.path());
            case StoreException.NotImportable e ->
                    words.text(
                            e.conversation() ? "store.notConversation" : "store.notPresets",
                            e.path(),
                            e.detail());
            // What the window itself keeps the person from.
            case StoreException.Refused e -> words.text("store.refused", e.getMessage());
            case StoreException e -> words.text("store.failed", e.getMessage());
        };
    }
}
