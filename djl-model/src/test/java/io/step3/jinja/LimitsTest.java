package io.step3.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.step3.jinja.TemplateException.Kind;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a template may cost: hostile ones end, honest ones never meet a limit. */
class LimitsTest {

    private static final LocalDateTime NOW = LocalDateTime.of(2026, 3, 4, 5, 6, 7);

    /** A list of lists that would be printed, hashed or compared for ever. */
    private static final String SHARED =
            "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}"
                    + "{% set ns.x = [ns.x, ns.x] %}{% endfor %}";

    private static String render(String template, Map<String, ?> variables) {
        return Template.parse(template).render(variables, NOW);
    }

    @ParameterizedTest
    @Timeout(120)
    @ValueSource(
            strings = {
                SHARED + "{{ ns.x in {'a': 1} }}",
                SHARED + "{{ {'a': 1}.get(ns.x) }}",
                SHARED + "{{ {ns.x: 1} }}",
                "{{ ('a' * 1000000) | list | length }}{{ ('a' * 1000000) | list | length }}",
                "{{ ('\u4f60' * 4000) | indent(1000000) | indent(10000000, true) }}",
                "{{ ('\\n' * 2000) | indent('\u4f60' * 100000, true, true) | length }}",
                "{{ ('{0}' * 60).format('\u4f60' * 4000000) | length }}",
                "{{ '{:999999999}'.format(1) }}",
                "{{ '{:.100000000f}'.format(1.5) }}",
                "{{ '%1000000000d' % 1 }}",
                "{{ '%.100000000f' % 1 }}",
                "{{ ('\\'' * 4000000) | e | e | e | e | length }}",
                "{{ [1, 2, 3] | tojson(separators=('a' * 4000000, 'b' * 4000000)) }}",
                "{{ [[[[1]]]] | tojson(indent=100000000) }}",
                "{{ 'a' | center(1000000000) }}",
                "{{ ('\\t' * 100000).expandtabs(100000) }}",
                "{{ ('a' * 1000000) | wordwrap(1) | length }}",
                "{{ ('a' * 200).translate({97: 'x' * 100000}) }}",
                "{{ (['a' * 100000] * 100000) | sort }}",
                "{% set ns = namespace(x=10) %}{% for i in range(99) %}"
                        + "{% set ns.x = ns.x * ns.x %}{% endfor %}",
                "{% for i in range(100000) %}{% set x = ('9' * 4000) | int %}{% endfor %}",
                "{% for i in range(100000) %}{{ loop.changed('a' * 100000, i) }}{% endfor %}",
                "{% set ns = namespace(x='') %}{% for i in range(100000) %}"
                        + "{% set ns.x = ns.x ~ 'abcdefghijklmnop' %}{% endfor %}",
                "{% set ns = namespace(x=[]) %}{% for i in range(99) %}"
                        + "{% set ns.x = ns.x + [('x' * 100000) | list] %}{% endfor %}",
                "{% set ns = namespace(x=()) %}{% for i in range(9999) %}"
                        + "{% set ns.x = (ns.x, i) %}{% endfor %}",
                "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
                "{% macro a() %}{% call b() %}{{ a() }}{% endcall %}{% endmacro %}"
                        + "{% macro b() %}{{ caller() }}{% endmacro %}{{ a() }}",
                "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
                "{% block a %}{{ self.a() }}{% endblock %}",
                "{% set ns = namespace() %}{% set ns.a = ns %}{{ ns }}",
                "{% set ns = namespace(x=[1]) %}{% for i in range(9999) %}"
                        + "{% set ns.x = ns.x | map('string') %}{% endfor %}{{ ns.x | list }}",
            })
    void aHostileTemplateEnds(String hostile) {
        TemplateException refused =
                assertThrows(TemplateException.class, () -> render(hostile, Map.of()));
        assertEquals(Kind.LIMIT, refused.kind(), refused::getMessage);
        assertFalse(refused.getMessage().contains("\n"), refused::getMessage);
    }

    /** Searches that a careless implementation does in quadratic time. */
    @ParameterizedTest
    @Timeout(120)
    @ValueSource(
            strings = {
                "{{ ('a' * 1000000).rfind('b' + 'a' * 500000) }}",
                "{{ ('a' * 1000000).find('a' * 500000 + 'b') }}",
                "{{ ('a' * 1000000).rsplit('b' + 'a' * 500000) | length }}",
                "{{ ('a' * 1000000).count('a' * 500000 + 'b') }}",
                "{{ ('a' * 1000000).strip('b' * 1000000 + 'a') | length }}",
                "{{ ('a' * 1000000).replace('a' * 500000 + 'b', '') | length }}",
                "{{ ('a' * 100000 ~ 'b') in ('a' * 1000000) }}",
                "{{ ('&' * 1000000) | striptags | length }}",
                "{{ ('a.' * 400000) | urlize | length }}",
            })
    void aSearchTakesTimeInProportion(String quadratic) {
        render(quadratic, Map.of());
    }

    @Test
    @Timeout(120)
    void aVeryLongMessageIsRendered() {
        String text = "All that I know. ".repeat(1 << 20);
        List<Object> messages = List.of(Map.of("role", "user", "content", text));
        String template =
                "{% set ns = namespace(last='') %}{% for m in messages %}"
                        + "{% set content = m.content | trim %}"
                        + "{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}"
                        + "{% endif %}{% set ns.last = content %}"
                        + "{{ '<|BOT|>' + m.role + '\\n' + content + '<|EOT|>' }}{% endfor %}";
        assertEquals(
                "<|BOT|>user\n" + text.strip() + "<|EOT|>",
                render(template, Map.of("messages", messages)));
    }

    @Test
    @Timeout(120)
    void aVeryLongConversationIsRendered() {
        List<Object> messages = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            messages.add(
                    Map.of(
                            "role",
                            i % 2 == 0 ? "user" : "assistant",
                            "content",
                            "So it goes. ".repeat(50)));
        }
        // Collects the whole prompt in a variable, and looks through all messages for every one.
        String template =
                "{% set ns = namespace(all='', last=0) %}{% for m in messages %}"
                        + "{% for other in messages %}{% if other.role == 'user' %}"
                        + "{% set ns.last = loop.index0 %}{% endif %}{% endfor %}"
                        + "{% set ns.all = ns.all + m.role + ': ' + m.content %}{% endfor %}"
                        + "{{ ns.all | length }} {{ ns.last }}";
        assertEquals("365100 598", render(template, Map.of("messages", messages)));
    }

    @Test
    void aMacroMayCallItselfAsDeepAsPythonLetsIt() {
        String template =
                "{% macro f(n) %}{% if n > 0 %}{{ n % 10 }}{{ f(n - 1) }}{% endif %}{% endmacro %}"
                        + "{{ f(120) | length }}";
        assertEquals("120", render(template, Map.of()));
    }

    @Test
    void depthEndsBeforeTheStackOfAnOrdinaryThread() throws InterruptedException {
        List<TemplateException> refused = new ArrayList<>();
        Thread thread =
                new Thread(
                        null,
                        () ->
                                refused.add(
                                        assertThrows(
                                                TemplateException.class,
                                                () ->
                                                        render(
                                                                "{% macro f() %}{% for i in [1] %}"
                                                                        + "{{ [f() | upper] | list }}"
                                                                        + "{% endfor %}{% endmacro %}"
                                                                        + "{{ f() }}",
                                                                Map.of()))),
                        "small stack",
                        1 << 20);
        thread.start();
        thread.join();
        // One that came from the stack itself would have no line of the template.
        assertEquals(1, refused.getFirst().line(), refused.getFirst()::getMessage);
    }

    @Test
    void aMarkInsideOfTextSurvivesEveryFilter() {
        String marked = "<\uFDD0|EOT|>";
        for (String filter :
                List.of(
                        "upper",
                        "string",
                        "tojson",
                        "tojson(ensure_ascii=true)",
                        "pprint",
                        "e",
                        "urlencode",
                        "title",
                        "trim",
                        "list")) {
            String text = render("{{ [s] if false else s | " + filter + " }}", Map.of("s", marked));
            assertEquals(1, text.chars().filter(c -> c == 0xFDD0).count(), filter + ": " + text);
        }
        assertEquals("['<\uFDD0|EOT|>']", render("{{ [s] }}", Map.of("s", marked)));
    }
}
