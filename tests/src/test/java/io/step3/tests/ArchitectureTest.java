package io.step3.tests;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Which package may know which, over all modules. A package that is added, or a new arrow between
 * two, is written down here first; no arrow runs back.
 */
class ArchitectureTest {

    private static final String ROOT = "io.step3.";

    /** Each package, and the others of ours that it may name. */
    private static final Map<String, List<String>> MAY_NAME =
            Map.ofEntries(
                    // The backend of a device is a service, found by the package that it builds on.
                    entry("ops.cuda", List.of()),
                    entry("ops", List.of("ops.cuda")),
                    entry("ops.gpu", List.of("ops", "ops.cuda")),
                    entry("json", List.of()),
                    entry("jinja", List.of()),
                    entry("image.webp", List.of()),
                    entry("image", List.of("image.webp")),
                    entry("checkpoint", List.of("image", "json", "ops")),
                    // Of the operations only how the tokenizer's native library is laid down.
                    entry("chat", List.of("image", "jinja", "json", "ops")),
                    entry("model", List.of("checkpoint", "image", "ops")),
                    entry("generate", List.of("chat", "checkpoint", "image", "model", "ops")),
                    entry("remote", List.of("chat", "image", "json")),
                    entry(
                            "djl",
                            List.of("chat", "checkpoint", "generate", "model", "ops", "remote")),
                    entry("djl.torch", List.of("ops", "ops.gpu")),
                    entry("bench", List.of("chat", "checkpoint", "generate", "model", "ops")),
                    entry("server", List.of("chat", "checkpoint")),
                    entry("synth", List.of("checkpoint", "ops")),
                    entry("training.lessons", List.of("image")),
                    entry("training.tokenizer", List.of("chat")),
                    entry(
                            "training",
                            List.of(
                                    "checkpoint",
                                    "image",
                                    "ops",
                                    "training.lessons",
                                    "training.tokenizer")),
                    entry(
                            "cli",
                            List.of(
                                    "bench",
                                    "chat",
                                    "checkpoint",
                                    "djl",
                                    "generate",
                                    "image",
                                    "json",
                                    "model",
                                    "ops",
                                    "remote",
                                    "server",
                                    "synth",
                                    "training.lessons")),
                    entry("desktop.markdown", List.of()),
                    entry("desktop.store", List.of("desktop.markdown", "image", "json", "ops")),
                    entry("desktop.render", List.of("desktop.markdown")),
                    entry(
                            "desktop.model",
                            List.of(
                                    "chat",
                                    "checkpoint",
                                    "desktop.store",
                                    "generate",
                                    "image",
                                    "json",
                                    "model")),
                    entry(
                            "desktop.view",
                            List.of(
                                    "chat",
                                    "desktop.markdown",
                                    "desktop.model",
                                    "desktop.render",
                                    "desktop.store",
                                    "generate",
                                    "image")),
                    entry(
                            "desktop.app",
                            List.of(
                                    "desktop.model",
                                    "desktop.store",
                                    "desktop.view",
                                    "generate",
                                    "model")));

    private static JavaClasses main;

    @BeforeAll
    static void readClasses() {
        main =
                new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .withImportOption(
                                // This module has tests only, and those of others come in a jar.
                                location ->
                                        !location.contains("/io/step3/tests/")
                                                && !location.contains("-tests.jar"))
                        .importPackages("io.step3");
    }

    @Test
    void everyPackageHasItsPlace() {
        var found = new TreeSet<String>();
        main.forEach(type -> found.add(type.getPackageName().substring(ROOT.length())));
        assertEquals(new TreeSet<>(MAY_NAME.keySet()), found);
    }

    @TestFactory
    List<DynamicTest> aPackageNamesOnlyWhatLiesBelowIt() {
        return MAY_NAME.entrySet().stream()
                .map(
                        known ->
                                DynamicTest.dynamicTest(
                                        known.getKey(),
                                        () -> namesOnly(known.getKey(), known.getValue())))
                .toList();
    }

    private static void namesOnly(String name, List<String> others) {
        DescribedPredicate<JavaClass> allowed = resideInAPackage(ROOT + name);
        for (String other : others) {
            allowed = allowed.or(resideInAPackage(ROOT + other));
        }
        classes()
                .that()
                .resideInAPackage(ROOT + name)
                .should()
                .onlyDependOnClassesThat(
                        allowed.or(DescribedPredicate.not(resideInAPackage("io.step3.."))))
                .because("see docs/architecture.md")
                .check(main);
    }

    @Test
    void noArrowRunsBack() {
        slices().matching("io.step3.(**)").should().beFreeOfCycles().check(main);
    }

    @Test
    void chatAndTheStoreTakeNothingFromTheOperationsButHowLibrariesAreLaidDown() {
        noClasses()
                .that(resideInAnyPackage(ROOT + "chat", ROOT + "desktop.store"))
                .should()
                .dependOnClassesThat(
                        resideInAPackage(ROOT + "ops")
                                .and(
                                        DescribedPredicate.describe(
                                                "are not PackedFiles",
                                                type ->
                                                        !type.getSimpleName()
                                                                .equals("PackedFiles"))))
                .check(main);
    }

    @Test
    void onlyProgramsPrintAndOnlyTheWindowKeepsALog() {
        noClasses()
                .that()
                .resideOutsideOfPackages(ROOT + "cli", ROOT + "training", ROOT + "desktop.app")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(main);
        noClasses()
                .that()
                .resideOutsideOfPackages(ROOT + "desktop.app")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.util.logging")
                .check(main);
    }

    @Test
    void nativeMemoryStaysWithTheEngine() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        ROOT + "ops",
                        ROOT + "ops.cuda",
                        ROOT + "ops.gpu",
                        ROOT + "checkpoint",
                        ROOT + "model",
                        ROOT + "generate",
                        // Tensors of another library, computed with where they lie.
                        ROOT + "djl.torch",
                        // It makes weights, and calls the operations as the network does.
                        ROOT + "bench",
                        ROOT + "synth",
                        // These only look at what the network shows its observers, or read tensors.
                        ROOT + "cli",
                        ROOT + "desktop.model",
                        ROOT + "training")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.foreign")
                .check(main);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "chat",
                "checkpoint",
                "djl",
                "djl.torch",
                "generate",
                "image",
                "image.webp",
                "jinja",
                "json",
                "model",
                "ops",
                "ops.cuda",
                "ops.gpu",
                "remote",
                "server"
            })
    void whereNullIsAValueIsSaid(String name) {
        assertTrue(main.getPackage(ROOT + name).isAnnotatedWith(NullMarked.class), name);
    }

    @Test
    void onlyTheWindowKnowsJavaFx() {
        noClasses()
                .that()
                .resideOutsideOfPackages(ROOT + "desktop..")
                .or()
                .resideInAnyPackage(ROOT + "desktop.store", ROOT + "desktop.markdown")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("javafx..")
                .check(main);
    }

    @Test
    void viewModelsKnowNothingOfTheToolkitButProperties() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "desktop.model")
                .should()
                .dependOnClassesThat(
                        resideInAPackage("javafx..")
                                .and(
                                        DescribedPredicate.not(
                                                resideInAnyPackage(
                                                        "javafx.beans..",
                                                        "javafx.collections..",
                                                        "javafx.util.."))))
                .check(main);
    }

    @Test
    void viewsKnowOfWhatGeneratesOnlyTheSizesThatTheyDraw() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "desktop.view")
                .should()
                .dependOnClassesThat(
                        resideInAPackage(ROOT + "generate")
                                .and(
                                        DescribedPredicate.describe(
                                                "are not ModelShape",
                                                type ->
                                                        !type.getSimpleName()
                                                                .equals("ModelShape"))))
                .check(main);
    }

    @Test
    void onlyTheServerKnowsHttp() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + "server")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.netty..", "io.prometheus..")
                .check(main);
    }
}
