package io.step3.desktop.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SearchTest extends StoreTestBase {

    private List<SearchHit> find(String query) throws Exception {
        return await(store.search().find(query, 50));
    }

    private static String marked(SearchHit hit) {
        StringBuilder text = new StringBuilder(hit.snippet());
        for (SearchHit.Range range : hit.matches().reversed()) {
            text.insert(range.end(), ']').insert(range.start(), '[');
        }
        return text.toString();
    }

    @Test
    void titlesMessagesAndReasoningAreFound() throws Exception {
        long conversation = newConversation("About zebras");
        Message question = ask(conversation, OptionalLong.empty(), "Why do Zebras have stripes?");
        Message answer =
                reply(question.id(), "The zebra's stripes confuse flies.", "Because of flies.");

        List<SearchHit> hits = find("zebra");

        assertEquals(
                List.of(SearchHit.Field.TITLE, SearchHit.Field.TEXT, SearchHit.Field.REASONING),
                hits.stream().map(SearchHit::field).sorted().toList());
        assertEquals(SearchHit.Field.TITLE, hits.getFirst().field());
        SearchHit reasoning =
                hits.stream()
                        .filter(hit -> hit.field() == SearchHit.Field.REASONING)
                        .findFirst()
                        .orElseThrow();
        assertEquals(OptionalLong.of(answer.id()), reasoning.message());
        assertEquals("The [zebra]'s stripes confuse flies.", marked(reasoning));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "专家混合模型",
                "合模型",
                "模型",
                "模",
                "🚀🌙✨",
                "🚀",
                "👩‍🚀",
                "Ünï",
                "ünï",
                "model 模型",
                "日本語の"
            })
    void textInAnyScriptIsFoundByAnyPartOfIt(String query) throws Exception {
        Message question = ask(newConversation("x"), OptionalLong.empty(), "请解释专家混合模型,model,日本語の文");
        reply(question.id(), "", "👩‍🚀 flies 🚀🌙✨ to the Ünïverse: 模型 model 日本語の");
        assertTrue(find(query).stream().anyMatch(hit -> !hit.matches().isEmpty()), query);
    }

    @Test
    void everyTermMustOccurAndAPhraseStaysTogether() throws Exception {
        long conversation = newConversation("x");
        ask(conversation, OptionalLong.empty(), "the red fox jumps");
        ask(conversation, OptionalLong.empty(), "the fox is red");

        assertEquals(2, find("red fox").size());
        assertEquals(
                List.of("the [red fox] jumps"),
                find("\"red fox\"").stream().map(SearchTest::marked).toList());
        assertEquals(0, find("red wolf").size());
        assertEquals(1, find("fox is").size());
        assertEquals(0, find("fox zz").size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"",
                "\"\"\"",
                "a\"b",
                "NEAR(",
                "title:x",
                "* ^ ( ) -",
                "foo AND",
                "NOT (a OR",
                "'; DROP TABLE message; --",
                "%",
                "_",
                "\\",
                "\u0000abc\u0000",
                "abc\u0000def",
                "\uD83D",
                "\uDE80\uD83D\uD83D",
                "{a b} : c",
                "+",
                "a*"
            })
    void noQueryBreaksTheSearch(String query) throws Exception {
        ask(newConversation("plain"), OptionalLong.empty(), "nothing of the sort");
        assertEquals(List.of(), find(query).stream().map(SearchHit::snippet).toList());
    }

    @Test
    void signsWithAMeaningInSqlAreFoundAsTheyAre() throws Exception {
        ask(newConversation("x"), OptionalLong.empty(), "100% of C:\\x_y");
        assertEquals("100[%] of C:\\x_y", marked(find("%").getFirst()));
        assertEquals("100% of C:[\\]x_y", marked(find("\\").getFirst()));
        assertEquals(1, find("x_y").size());
        assertEquals(0, find("xzy").size());
    }

    @Test
    void aLongTextIsCutAboutTheMatchAndMatchesAreMarked() throws Exception {
        ask(
                newConversation("x"),
                OptionalLong.empty(),
                "🚀".repeat(500) + " needle\nneedles " + "🌙".repeat(500));
        SearchHit hit = find("needle needles").getFirst();
        assertTrue(marked(hit).startsWith("…🚀") && marked(hit).endsWith("🌙…"), marked(hit));
        assertTrue(marked(hit).contains(" [needle] [needles] "), marked(hit));
    }

    @Test
    void aSnippetShowsTextAsItIsReadUnlessTheMatchIsInAMark() throws Exception {
        Message question = ask(newConversation("x"), OptionalLong.empty(), "Tell me");
        reply(
                question.id(),
                "",
                "## Birds\n\nA **heron** and a `crane` [fly](https://example.org/wings).\n\n"
                        + "- one `egret`\n- two\n\n| a | b |\n|---|---|\n| stork | 1 |\n");
        assertEquals(
                "Birds A [heron] and a crane fly. • one egret • two a b stork 1",
                marked(find("heron").getFirst()).replaceAll(" +", " "));
        assertTrue(marked(find("wings").getFirst()).contains("example.org/[wings]"));
        assertFalse(marked(find("stork").getFirst()).contains("|"));
    }

    @Test
    void aSearchGivesNoMoreThanAskedFor() throws Exception {
        long conversation = newConversation("x");
        for (int i = 0; i < 30; i++) {
            ask(conversation, OptionalLong.empty(), "common word");
        }
        assertEquals(10, await(store.search().find("common", 10)).size());
        assertEquals(10, await(store.search().find("co", 10)).size());
        assertEquals(0, await(store.search().find("co", -1)).size());
        assertEquals(0, await(store.search().find("   ", 10)).size());
    }

    @Test
    void whatIsDeletedIsNotFoundAndWhatIsRenamedIsFoundByItsNewName() throws Exception {
        long conversation = newConversation("Elephants");
        ask(conversation, OptionalLong.empty(), "big ears");
        await(store.conversations().rename(conversation, "Giraffes"));
        assertEquals(0, find("Elephants").size());
        assertEquals(1, find("Giraffes").size());
        await(store.conversations().delete(conversation));
        assertEquals(0, find("Giraffes").size() + find("ears").size() + find("ea").size());
        await(store.conversations().restore(conversation));
        assertEquals(2, find("Giraffes").size() + find("ears").size());
    }
}
