package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.generate.Step3;
import io.step3.model.ModelOptions;
import io.step3.model.Prompt;
import io.step3.ops.Backend;
import io.step3.ops.BackendContract;
import io.step3.ops.BackendLoader;
import io.step3.ops.Stream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * A backend that is no class of {@code io.step3.ops}: it counts operations, and has plain Java do
 * them. It passes the contract, and a network computes with it.
 */
class ForeignBackendTest extends BackendContract {

    private final Map<String, Integer> operations = new TreeMap<>();

    @Override
    protected Backend open() {
        return counting(BackendLoader.load("java").backend());
    }

    private Backend counting(Backend inner) {
        return proxy(
                Backend.class,
                (_, method, arguments) -> {
                    Object result = invoke(inner, method, arguments);
                    return result instanceof Stream stream ? counting(stream) : result;
                });
    }

    private Stream counting(Stream inner) {
        return proxy(
                Stream.class,
                (_, method, arguments) -> {
                    operations.merge(method.getName(), 1, Integer::sum);
                    return invoke(inner, method, arguments);
                });
    }

    private static Object invoke(Object target, java.lang.reflect.Method method, Object[] arguments)
            throws Throwable {
        try {
            method.setAccessible(true);
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    @Test
    void aNetworkComputesWithItUnchanged() {
        Path folder = Path.of("golden/checkpoints/a");
        Prompt prompt = Prompt.of(5, 6, 7, 8, 9);
        int[] expected;
        try (BackendLoader.Choice choice = BackendLoader.load("java");
                Step3 step3 = Step3.load(folder, ModelOptions.DEFAULT, choice.backend())) {
            expected = step3.greedy(prompt, 12);
        }
        try (Backend backend = open();
                Step3 step3 = Step3.load(folder, ModelOptions.DEFAULT, backend)) {
            assertArrayEquals(expected, step3.greedy(prompt, 12));
        }
        for (String name : new String[] {"linear", "attention", "experts", "route", "append"}) {
            assertTrue(operations.getOrDefault(name, 0) > 0, operations.toString());
        }
    }
}
