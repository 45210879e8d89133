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

    /** Something that the search found. */
    record Hit(SearchHit hit) implements SidebarRow {}
}
