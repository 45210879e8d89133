package io.step3.desktop.view;

import io.step3.desktop.store.Conversation;
import io.step3.desktop.store.Folder;
import io.step3.desktop.store.SearchHit;
import java.util.Optional;

/** A row of the list of conversations. */
sealed interface SidebarRow {

    /** A conversation. */
    record Talk(Conversation talk) implements SidebarRow {}

    /** What stands over the conversations that follow. */
    record Heading(String text, Optional<Folder> folder) implements SidebarRow {}

    /** What stands over the conversations that were deleted; it shows and hides them. */
    record DeletedHeading(int count, boolean open) implements SidebarRow {}

    /** A conversation that was deleted and can be restored. */
    record Deleted(Conversation talk) implements SidebarRow {}

    /** Something that the search found. */
    record Hit(SearchHit hit) implements SidebarRow {}
}
