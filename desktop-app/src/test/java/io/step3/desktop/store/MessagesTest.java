package io.step3.desktop.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class MessagesTest extends StoreTestBase {

    private static final String MODEL = "tiny";

    @Test
    void anEditIsASiblingAndTheOldBranchStays() throws Exception {
        long conversation = newConversation("Cats");
        Message first = ask(conversation, OptionalLong.empty(), "Hello");
        Message answer = reply(first.id(), "hm", "Hi");
        Message second = ask(conversation, OptionalLong.of(answer.id()), "Who are you?");
        reply(second.id(), "", "A model");

        Messages.Turn turn =
                await(
                        store.messages()
                                .edit(second.id(), List.of(new Part.Text("What are you?")), MODEL));
        await(turn.answer().finish(StreamingMessage.Ending.of(MessageStatus.STOPPED)));

        Branch shown = await(store.messages().branch(conversation));
        assertEquals(
                List.of("Hello", "Hi", "What are you?", ""),
                shown.steps().stream().map(step -> step.message().text()).toList());
        Branch.Step edited = shown.steps().get(2);
        assertEquals(List.of(second.id(), turn.question().id()), edited.siblings());
        assertEquals(OptionalLong.of(second.id()), edited.previous());
        assertEquals(OptionalLong.empty(), edited.next());

        Branch old = await(store.messages().show(edited.previous().getAsLong()));
        assertEquals(
                List.of("Hello", "Hi", "Who are you?", "A model"),
                old.steps().stream().map(step -> step.message().text()).toList());
        assertEquals(old, await(store.messages().branch(conversation)));
    }

    @Test
    void goingBackToABranchShowsWhereItWasLeft() throws Exception {
        long conversation = newConversation("");
        Message question = ask(conversation, OptionalLong.empty(), "q");
        Message a = reply(question.id(), "", "a");
        Message a1 = ask(conversation, OptionalLong.of(a.id()), "a1");
        ask(conversation, OptionalLong.of(a.id()), "a2");
        await(store.messages().show(a1.id()));
        Message b = reply(question.id(), "", "b");

        Branch back = await(store.messages().show(a.id()));

        assertEquals(a1.id(), back.steps().getLast().message().id());
        assertEquals(List.of(a.id(), b.id()), back.steps().get(1).siblings());
    }

    @Test
    void aResumedAnswerGrowsFromWhatItWas() throws Exception {
        Message question = ask(newConversation(""), OptionalLong.empty(), "Count");
        StreamingMessage streaming = await(store.messages().answer(question.id(), MODEL));
        streaming.append(StreamingMessage.Channel.ANSWER, "one ");
        await(streaming.finish(StreamingMessage.Ending.of(MessageStatus.STOPPED)));

        StreamingMessage more = await(store.messages().resume(streaming.id(), MODEL));
        more.append(StreamingMessage.Channel.ANSWER, "two ");
        Message longer = await(more.finish(StreamingMessage.Ending.of(MessageStatus.STOPPED)));
        assertEquals(MODEL, longer.model());
        StreamingMessage last = await(store.messages().resume(streaming.id(), "another"));
        last.append(StreamingMessage.Channel.ANSWER, "three");
        Message whole = await(last.finish(StreamingMessage.Ending.of(MessageStatus.COMPLETE)));

        assertEquals("one two three", whole.answer());
        assertEquals(MessageStatus.COMPLETE, whole.status());
        assertEquals(MODEL + ", another", whole.model());

        await(
                store.messages()
                        .send(
                                question.conversationId(),
                                OptionalLong.of(whole.id()),
                                List.of(new Part.Text("And on")),
                                MODEL));
        fails(StoreException.Refused.class, store.messages().resume(whole.id(), MODEL));
        assertEquals(MessageStatus.COMPLETE, await(store.messages().get(whole.id())).status());
    }

    @Test
    void sendingClearsTheDraftInTheSameStep() throws Exception {
        long conversation = newConversation("");
        store.drafts().save(conversation, new Draft("Hello", List.of()));

        await(
                store.messages()
                        .send(
                                conversation,
                                OptionalLong.empty(),
                                List.of(new Part.Text("Hello")),
                                MODEL));
        reopen();

        assertTrue(await(store.drafts().load(conversation)).isEmpty());
        assertEquals(2, await(store.messages().branch(conversation)).steps().size());
    }

    @Test
    void aDraftTypedWhileTheLastOneIsSentSurvives() throws Exception {
        long conversation = newConversation("");
        store.drafts().save(conversation, new Draft("first", List.of()));
        var turn =
                store.messages()
                        .send(
                                conversation,
                                OptionalLong.empty(),
                                List.of(new Part.Text("first")),
                                MODEL);
        store.drafts().save(conversation, new Draft("second", List.of()));
        await(turn);

        reopen();

        assertEquals("second", await(store.drafts().load(conversation)).text());
    }

    @Test
    void aFailedSendKeepsTheDraft() throws Exception {
        long conversation = newConversation("");
        Draft draft = new Draft("dear", List.of());
        store.drafts().save(conversation, draft);

        fails(
                StoreException.Refused.class,
                store.messages()
                        .send(
                                conversation,
                                OptionalLong.empty(),
                                List.of(new Part.Image("0".repeat(64), "x")),
                                MODEL));

        assertEquals(draft, await(store.drafts().load(conversation)));
        reopen();
        assertEquals(draft, await(store.drafts().load(conversation)));
        assertTrue(await(store.messages().branch(conversation)).steps().isEmpty());
    }

    @Test
    void aMessageCannotFollowOneOfAnotherConversation() throws Exception {
        Message elsewhere = ask(newConversation("a"), OptionalLong.empty(), "x");
        long other = newConversation("b");

        fails(
                StoreException.Refused.class,
                store.messages().add(other, OptionalLong.of(elsewhere.id()), Role.USER, List.of()));
    }

    @Test
    void whateverIsEditedAndRegeneratedEveryMessageStaysReachable() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        long conversation = newConversation("tree");
        Map<Long, String> expected = new TreeMap<>();
        for (int step = 0; step < 120; step++) {
            grow(random, conversation, new ArrayList<>(expected.keySet()), expected);
            if (step % 15 == 0) {
                checkTree(seed, conversation, expected);
            }
        }
        reopen();
        checkTree(seed, conversation, expected);
    }

    private void grow(Random random, long conversation, List<Long> ids, Map<Long, String> expected)
            throws Exception {
        String text = "text " + random.nextInt();
        if (ids.isEmpty() || random.nextInt(20) == 0) {
            expected.put(ask(conversation, OptionalLong.empty(), text).id(), text);
            return;
        }
        long any = ids.get(random.nextInt(ids.size()));
        boolean answer = await(store.messages().get(any)).role() == Role.ASSISTANT;
        switch (random.nextInt(3)) {
            case 0 -> await(store.messages().show(any));
            case 1 -> {
                if (answer) {
                    finish(await(store.messages().regenerate(any, MODEL)), text, expected);
                } else {
                    Messages.Turn turn =
                            await(store.messages().edit(any, List.of(new Part.Text(text)), MODEL));
                    expected.put(turn.question().id(), text);
                    finish(turn.answer(), text + "!", expected);
                }
            }
            default -> {
                if (answer) {
                    expected.put(ask(conversation, OptionalLong.of(any), text).id(), text);
                } else {
                    finish(await(store.messages().answer(any, MODEL)), text, expected);
                }
            }
        }
    }

    private static void finish(StreamingMessage streaming, String text, Map<Long, String> expected)
            throws Exception {
        streaming.append(StreamingMessage.Channel.ANSWER, text);
        await(streaming.finish(StreamingMessage.Ending.of(MessageStatus.COMPLETE)));
        expected.put(streaming.id(), text);
    }

    /**
     * Walks only along what the window can do: the shown branch and the siblings of each of its
     * messages.
     */
    private void checkTree(long seed, long conversation, Map<Long, String> expected)
            throws Exception {
        Branch before = await(store.messages().branch(conversation));
        Set<Long> reached = new HashSet<>();
        List<Branch> toVisit = new ArrayList<>(List.of(before));
        while (!toVisit.isEmpty()) {
            Branch branch = toVisit.removeLast();
            OptionalLong parent = OptionalLong.empty();
            for (Branch.Step step : branch.steps()) {
                Message message = step.message();
                assertEquals(parent, message.parent(), "seed " + seed);
                assertTrue(step.siblings().contains(message.id()), "seed " + seed);
                assertEquals(expected.get(message.id()), message.text(), "seed " + seed);
                reached.add(message.id());
                parent = OptionalLong.of(message.id());
            }
            for (Branch.Step step : branch.steps()) {
                for (long sibling : step.siblings()) {
                    if (reached.add(sibling)) {
                        toVisit.add(await(store.messages().show(sibling)));
                    }
                }
            }
        }
        assertEquals(expected.keySet(), reached, "seed " + seed);
        if (!before.steps().isEmpty()) {
            Branch again = await(store.messages().show(before.steps().getLast().message().id()));
            assertEquals(before, again, "seed " + seed);
        }
        assertFalse(expected.isEmpty());
    }

    @Test
    void theFirstMessageIsOneTransactionOrNothing() throws Exception {
        store.drafts().save(Drafts.NEW_CONVERSATION, new Draft("hello", List.of()));
        var beginning = new Messages.Beginning("hello", "Be brief.", "{\"top_k\":1}");
        long before = commits();

        fails(
                StoreException.Refused.class,
                store.messages()
                        .sendFirst(
                                beginning,
                                List.of(new Part.Image("0".repeat(64), "missing.png")),
                                "tiny"));

        assertEquals(List.of(), await(store.conversations().list()));
        assertEquals("hello", await(store.drafts().load(Drafts.NEW_CONVERSATION)).text());

        var turn =
                await(
                        store.messages()
                                .sendFirst(beginning, List.of(new Part.Text("hello")), "tiny"));

        assertTrue(commits() - before <= 2, "the message, and perhaps the draft before it");
        Conversation made = await(store.conversations().list()).getFirst();
        assertEquals("Be brief.", made.systemPrompt());
        assertEquals("{\"top_k\":1}", made.sampling());
        assertEquals(made.id(), turn.answer().conversationId());
        assertEquals(Draft.EMPTY, await(store.drafts().load(Drafts.NEW_CONVERSATION)));
        reopen();
        assertEquals(Draft.EMPTY, await(store.drafts().load(Drafts.NEW_CONVERSATION)));
    }

    private long commits() throws Exception {
        return await(
                store.database()
                        .read(
                                transaction ->
                                        transaction
                                                .first(
                                                        row -> row.getLong(1),
                                                        "SELECT count FROM commits")
                                                .orElseThrow()));
    }

    @Test
    void whateverKeepsTheDiskFromBeingWrittenIsToldAndTriedAgain() throws Exception {
        Message question = ask(newConversation("x"), OptionalLong.empty(), "hello");
        StreamingMessage answer = await(store.messages().answer(question.id(), "tiny"));
        var told = new java.util.concurrent.LinkedBlockingQueue<Change>();
        store.addListener(
                change -> {
                    if (change instanceof Change.SavingFails) {
                        told.add(change);
                    }
                });
        WriteBehind writeBehind = new WriteBehind(store.database());
        var attempts = new java.util.concurrent.CountDownLatch(2);
        writeBehind.changed(
                new WriteBehind.Source() {
                    @Override
                    public void write(Transaction transaction) {
                        attempts.countDown();
                        if (attempts.getCount() > 0) {
                            throw new IllegalStateException("no matter what");
                        }
                    }

                    @Override
                    public void abandon(StoreException why) {}
                });
        assertTrue(attempts.await(10, java.util.concurrent.TimeUnit.SECONDS));
        assertTrue(told.poll(5, java.util.concurrent.TimeUnit.SECONDS) != null);
        await(answer.finish(StreamingMessage.Ending.of(MessageStatus.COMPLETE)));
    }
}
