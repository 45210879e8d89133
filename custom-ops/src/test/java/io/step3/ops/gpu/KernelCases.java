package io.step3.ops.gpu;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectUniqueId;

import io.step3.ops.cuda.EmulatedDevice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Tests of this module as what a mutant must not pass: which kernels each launches, and how long it
 * takes.
 */
final class KernelCases {

    /** One test, with the kernels that it launches. */
    record Case(String id, Set<String> kernels, long nanos) {}

    private final Launcher launcher = LauncherFactory.create();
    private final EmulatedDevice device;
    private final List<Case> cases = new ArrayList<>();

    /**
     * Runs all tests of the selected classes once.
     *
     * @throws AssertionError if one fails
     */
    KernelCases(EmulatedDevice device, Set<String> kernels, DiscoverySelector... selectors) {
        this.device = device;
        LauncherDiscoveryRequest request =
                LauncherDiscoveryRequestBuilder.request()
                        .selectors(selectors)
                        .filters(TagFilter.excludeTags("sweep"))
                        .build();
        TestPlan plan = launcher.discover(request);
        List<String> leaves = new ArrayList<>();
        for (TestIdentifier root : plan.getRoots()) {
            plan.getDescendants(root).stream()
                    .filter(t -> t.isTest() || plan.getChildren(t).isEmpty())
                    .map(TestIdentifier::getUniqueId)
                    .forEach(leaves::add);
        }
        for (String id : leaves) {
            long start = System.nanoTime();
            Set<String> launched = new TreeSet<>();
            Optional<Throwable> failure = run(id, kernels, launched);
            if (failure.isPresent()) {
                throw new AssertionError(id + " fails on a device that is right", failure.get());
            }
            if (!launched.isEmpty()) {
                cases.add(new Case(id, launched, System.nanoTime() - start));
            }
        }
        cases.sort(Comparator.comparingLong(Case::nanos));
    }

    /** Those that launch a kernel, the quickest first. */
    List<Case> of(String kernel) {
        return cases.stream().filter(c -> c.kernels.contains(kernel)).toList();
    }

    /** Why a case fails; empty if it does not. */
    Optional<Throwable> run(Case one) {
        return run(one.id, Set.of(), new TreeSet<>());
    }

    private Optional<Throwable> run(String id, Set<String> kernels, Set<String> launched) {
        List<Throwable> failures = new ArrayList<>();
        device.reset();
        device.set("QUIET", 1);
        launcher.execute(
                LauncherDiscoveryRequestBuilder.request().selectors(selectUniqueId(id)).build(),
                new TestExecutionListener() {
                    @Override
                    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                        if (result.getStatus() == TestExecutionResult.Status.FAILED) {
                            failures.add(result.getThrowable().orElseThrow());
                        }
                        if (test.isTest()) {
                            kernels.stream()
                                    .filter(k -> device.count(k, "launches") > 0)
                                    .forEach(launched::add);
                        }
                    }
                });
        return failures.stream().findFirst();
    }
}
