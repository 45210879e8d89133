package io.step3.desktop.store;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;

/**
 * Makes rows that were damaged, or whose neighbours are gone, fit to be read: nothing that can be
 * read is dropped because something beside it cannot.
 */
final class Repair {

    private static final String[] STATEMENTS = {
        // Words whose message is gone become messages again, all in one conversation.
        """
        INSERT INTO conversation (title, created, updated)
        SELECT '…', ?1, ?1 WHERE EXISTS (SELECT 1 FROM part WHERE message_id NOT IN (SELECT id FROM message))
        """,
        """
        INSERT INTO message (id, conversation_id, role, status, created, updated, seen)
        SELECT DISTINCT message_id, (SELECT max(id) FROM conversation), 'USER', 'COMPLETE', ?1, ?1, 0
        FROM part WHERE message_id NOT IN (SELECT id FROM message)
        """,
        // So do messages whose conversation is gone.
        """
        INSERT INTO conversation (id, title, created, updated)
        SELECT conversation_id, coalesce((SELECT substr(replace(text, char(10), ' '), 1, 60) FROM part
                WHERE message_id = first AND kind = 'TEXT' ORDER BY position LIMIT 1), '…'), created, updated
        FROM (SELECT conversation_id, min(id) AS first, min(created) AS created, max(updated) AS updated
            FROM message WHERE conversation_id NOT IN (SELECT id FROM conversation) GROUP BY conversation_id)
        """,
        """
        UPDATE message SET role = CASE WHEN id IN (SELECT message_id FROM part) THEN 'USER' ELSE 'ASSISTANT' END
        WHERE role NOT IN ('USER', 'ASSISTANT', 'SYSTEM', 'TOOL')
        """,
        """
        UPDATE message SET status = 'INTERRUPTED'
        WHERE status NOT IN ('STREAMING', 'COMPLETE', 'STOPPED', 'INTERRUPTED', 'FAILED')
        """,
        """
        UPDATE message SET usage = '{}'
        WHERE CASE WHEN json_valid(usage) THEN json_type(usage) <> 'object' ELSE 1 END
        """,
        """
        UPDATE message SET tool_calls = '[]'
        WHERE CASE WHEN json_valid(tool_calls) THEN json_type(tool_calls) <> 'array' ELSE 1 END
        """,
        """
        UPDATE conversation SET sampling = '{}'
        WHERE CASE WHEN json_valid(sampling) THEN json_type(sampling) <> 'object' ELSE 1 END
        """,
        """
        UPDATE preset SET sampling = '{}'
        WHERE CASE WHEN json_valid(sampling) THEN json_type(sampling) <> 'object' ELSE 1 END
        """,
        // What followed a message that is gone follows the one before it.
        """
        UPDATE message SET parent_id = (SELECT max(id) FROM message AS earlier
            WHERE earlier.conversation_id = message.conversation_id AND earlier.id < message.id)
        WHERE parent_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message AS parent
            WHERE parent.id = message.parent_id AND parent.id < message.id
                AND parent.conversation_id = message.conversation_id)
        """,
        """
        UPDATE conversation SET current_leaf =
            (SELECT max(id) FROM message WHERE conversation_id = conversation.id)
        WHERE current_leaf IS NULL OR NOT EXISTS (SELECT 1 FROM message
            WHERE id = current_leaf AND conversation_id = conversation.id)
        """,
        """
        UPDATE conversation SET context_start = NULL
        WHERE NOT EXISTS (SELECT 1 FROM message
            WHERE id = context_start AND conversation_id = conversation.id)
        """,
        "UPDATE conversation SET folder_id = NULL WHERE folder_id NOT IN (SELECT id FROM folder)",
        "UPDATE conversation SET preset_id = NULL WHERE preset_id NOT IN (SELECT id FROM preset)",
        """
        UPDATE part SET kind = 'REMOVED_IMAGE', sha256 = NULL
        WHERE kind = 'IMAGE' AND (sha256 IS NULL OR sha256 NOT IN (SELECT sha256 FROM attachment))
        """,
        "UPDATE part SET sha256 = NULL WHERE sha256 NOT IN (SELECT sha256 FROM attachment)",
        "DELETE FROM draft_image WHERE conversation_id NOT IN (SELECT conversation_id FROM draft)"
                + " OR sha256 NOT IN (SELECT sha256 FROM attachment)",
        "UPDATE stream_piece SET channel = 'ANSWER' WHERE channel NOT IN ('ANSWER', 'REASONING')",
        "DELETE FROM stream_piece WHERE message_id NOT IN (SELECT id FROM message)",
    };

    private Repair() {}

    /** Mends all rows, and takes what they hold now for what is right. */
    static void run(Transaction transaction) throws SQLException, IOException {
        Instant now = Instant.now();
        for (String statement : STATEMENTS) {
            if (statement.contains("?1")) {
                transaction.update(statement, now);
            } else {
                transaction.update(statement);
            }
        }
        RowChecksum.forgetAll(transaction);
        indexAnew(transaction);
    }

    private static void indexAnew(Transaction transaction) throws SQLException, IOException {
        transaction.update("INSERT INTO search_index (search_index) VALUES ('delete-all')");
        for (Conversation conversation : Conversations.all(transaction)) {
            SearchIndex.putTitle(transaction, conversation.id(), conversation.title());
            for (Message message : Messages.loadAll(transaction, conversation.id())) {
                SearchIndex.putMessage(
                        transaction, message.id(), message.text(), message.reasoning());
            }
        }
    }
}
