package io.step3.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.time.LocalDateTime;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

class RecordedCasesTest {

    private static final LocalDateTime NOW = LocalDateTime.of(2026, 3, 4, 5, 6, 7);

    @TestFactory
    Stream<DynamicTest> expressionsRenderAsInPython() throws IOException {
        return tests("expressions.json");
    }

    @TestFactory
    Stream<DynamicTest> templatesRenderAsInPython() throws IOException {
        return tests("templates.json");
    }

    @TestFactory
    Stream<DynamicTest> publishedTemplatesRenderAsInPython() throws IOException {
        return tests("published.json");
    }

    @TestFactory
    Stream<DynamicTest> whatFuzzingFoundRendersAsInPython() throws IOException {
        return tests("fuzzed.json");
    }

    private static Stream<DynamicTest> tests(String file) throws IOException {
        RecordedCases recorded = RecordedCases.read(file);
        return recorded.cases().stream()
                .map(
                        one ->
                                DynamicTest.dynamicTest(
                                        one.template(), () -> check(one, recorded.variables())));
    }

    private static void check(RecordedCases.Case one, Map<String, Object> variables) {
        if (one.expected() == null) {
            assertThrows(
                    TemplateException.class,
                    () -> Template.parse(one.template()).render(variables, NOW));
        } else {
            assertEquals(one.expected(), Template.parse(one.template()).render(variables, NOW));
        }
    }

    @TestFactory
    @ResourceLock(Resources.LOCALE)
    Stream<DynamicTest> noLocaleChangesAnything() throws IOException {
        RecordedCases recorded = RecordedCases.read("expressions.json");
        return Stream.of("ar-EG-u-nu-arab", "tr-TR", "fa-IR", "de-DE")
                .map(
                        tag ->
                                DynamicTest.dynamicTest(
                                        tag,
                                        () -> {
                                            Locale before = Locale.getDefault();
                                            Locale.setDefault(Locale.forLanguageTag(tag));
                                            try {
                                                recorded.cases()
                                                        .forEach(
                                                                one ->
                                                                        check(
                                                                                one,
                                                                                recorded
                                                                                        .variables()));
                                            } finally {
                                                Locale.setDefault(before);
                                            }
                                        }));
    }
}
