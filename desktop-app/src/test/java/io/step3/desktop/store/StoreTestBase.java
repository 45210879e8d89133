package io.step3.desktop.store;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A store in a folder of its own, open during the test. */
abstract class StoreTestBase {

    @TempDir Path folder;
    Store store;

    @BeforeEach
    void open() throws StoreException {
        store = Store.open(folder);
    }

    @AfterEach
    void close() {
        store.close();
    }

    void reopen() throws StoreException {
        store.close();
        store = Store.open(folder);
    }

    static <T> T await(CompletableFuture<T> future) throws Exception {
        return future.get(20, TimeUnit.SECONDS);
    }

    static <E extends StoreException> E fails(Class<E> type, CompletableFuture<?> future) {
        return assertInstanceOf(
                type,
                assertThrows(ExecutionException.class, () -> future.get(20, TimeUnit.SECONDS))
                        .getCause());
    }

    long newConversation(String title) throws Exception {
        return await(store.conversations().create(title, OptionalLong.empty())).id();
    }

    Message ask(long conversation, OptionalLong parent, String text) throws Exception {
        return await(
                store.messages()
                        .add(conversation, parent, Role.USER, List.of(new Part.Text(text))));
    }

    Message reply(long question, String reasoning, String answer) throws Exception {
        StreamingMessage streaming = await(store.messages().answer(question, "tiny"));
        streaming.append(StreamingMessage.Channel.REASONING, reasoning);
        streaming.append(StreamingMessage.Channel.ANSWER, answer);
        return await(streaming.finish(StreamingMessage.Ending.of(MessageStatus.COMPLETE)));
    }

    /** Deletes for good, now, what is deleted; gives the number of conversations. */
    int purgeDeleted() throws Exception {
        List<Conversation> deleted = await(store.conversations().deleted());
        for (Conversation conversation : deleted) {
            await(store.conversations().deleteForGood(conversation.id()));
        }
        return deleted.size();
    }
}
