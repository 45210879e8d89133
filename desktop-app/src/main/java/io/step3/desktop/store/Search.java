package io.step3.desktop.store;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * Search in titles, messages and reasoning, in all that is not deleted. A message is found once it
 * is finished. Upper and lower case are the same; for terms of one or two characters only in ASCII.
 */
public final class Search {

    /** The most hits that one search gives. */
    public static final int LIMIT = 500;

    private static final String TITLE_LIKE = " AND conversation.title LIKE PATTERN ESCAPE '\\'";

    private static final String MESSAGE_LIKE =
            """
             AND (message.answer LIKE PATTERN ESCAPE '\\' OR message.reasoning LIKE PATTERN ESCAPE '\\'
                OR EXISTS (SELECT 1 FROM part
                    WHERE message_id = message.id AND kind = 'TEXT' AND text LIKE PATTERN ESCAPE '\\'))""";

    /** Every title and message is read: for terms that the index cannot find. */
    private static final String SCANNED =
            """
            SELECT conversation.id, 0, updated, 0 AS is_message FROM conversation
            WHERE deleted IS NULL AND incomplete = 0 %s
            UNION ALL
            SELECT conversation.id, message.id, message.updated, 1
            FROM message JOIN conversation ON conversation.id = conversation_id
            WHERE deleted IS NULL AND incomplete = 0 %s
            ORDER BY is_message, updated DESC LIMIT ?%d
            """;

    /** The index finds, and the terms it cannot find only thin out what it found. */
    private static final String INDEXED =
            """
            SELECT conversation.id, max(search_index.rowid, 0)
            FROM search_index
            LEFT JOIN message ON message.id = search_index.rowid
            JOIN conversation ON conversation.id = coalesce(message.conversation_id, -search_index.rowid)
            WHERE search_index MATCH ?%d AND deleted IS NULL AND incomplete = 0
            AND CASE WHEN message.id IS NULL THEN 1 %s ELSE 1 %s END
            ORDER BY message.id IS NOT NULL, bm25(search_index, 1.0, 2.0, 1.0), conversation.updated DESC LIMIT ?%d
            """;

    private final Database database;

    Search(Database database) {
        this.database = database;
    }

    /** What one row of the result names; no message means the title. */
    private record Found(Conversation conversation, OptionalLong message) {}

    /**
     * Finds what holds all terms: words, and phrases in double quotes. Titles come first, then the
     * best match. Cancel the future when the next letter is typed: a search that has not begun is
     * then left out.
     *
     * @param limit the most hits wanted
     */
    public CompletableFuture<List<SearchHit>> find(String query, int limit) {
        SearchQuery parsed = SearchQuery.parse(query);
        if (parsed.terms().isEmpty()) {
            return CompletableFuture.completedFuture(List.of());
        }
        return database.readSlowly(
                transaction -> {
                    List<SearchHit> hits = new ArrayList<>();
                    for (Found found : find(transaction, parsed, Math.clamp(limit, 0, LIMIT))) {
                        hits.add(hit(transaction, found, parsed.terms()));
                    }
                    return hits;
                });
    }

    private static List<Found> find(Transaction transaction, SearchQuery query, int limit)
            throws SQLException, StoreException {
        List<Object> arguments = new ArrayList<>(query.patterns());
        StringBuilder titleLike = new StringBuilder();
        StringBuilder messageLike = new StringBuilder();
        for (int i = 1; i <= query.patterns().size(); i++) {
            titleLike.append(TITLE_LIKE.replace("PATTERN", "?" + i));
            messageLike.append(MESSAGE_LIKE.replace("PATTERN", "?" + i));
        }
        String sql;
        if (query.indexed().isEmpty()) {
            sql = SCANNED.formatted(titleLike, messageLike, arguments.size() + 1);
        } else {
            arguments.add(query.indexed());
            sql = INDEXED.formatted(arguments.size(), titleLike, messageLike, arguments.size() + 1);
        }
        arguments.add(limit);
        List<long[]> rows =
                transaction.list(
                        row -> new long[] {row.getLong(1), row.getLong(2)},
                        sql,
                        arguments.toArray());
        List<Found> found = new ArrayList<>();
        for (long[] row : rows) {
            OptionalLong message = row[1] > 0 ? OptionalLong.of(row[1]) : OptionalLong.empty();
            found.add(new Found(Conversations.load(transaction, row[0]), message));
        }
        return found;
    }

    private static SearchHit hit(Transaction transaction, Found found, List<String> terms)
            throws SQLException, StoreException {
        if (found.message().isEmpty()) {
            return hit(
                    found, SearchHit.Field.TITLE, Snippet.of(found.conversation().title(), terms));
        }
        Message message = Messages.load(transaction, found.message().getAsLong());
        Snippet text = Snippet.ofMarkdown(message.text(), terms);
        Snippet reasoning = Snippet.ofMarkdown(message.reasoning(), terms);
        return text.terms() >= reasoning.terms()
                ? hit(found, SearchHit.Field.TEXT, text)
                : hit(found, SearchHit.Field.REASONING, reasoning);
    }

    private static SearchHit hit(Found found, SearchHit.Field field, Snippet snippet) {
        return new SearchHit(
                found.conversation().id(),
                found.conversation().title(),
                found.message(),
                field,
                snippet.text(),
                snippet.matches(),
                found.conversation().updated());
    }
}
