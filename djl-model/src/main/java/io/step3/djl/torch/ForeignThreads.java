package io.step3.djl.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.StackWalker.StackFrame;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Lets the process end although threads of PyTorch's own have called Java, as they do for what a
 * TorchScript module forks. Java attaches such a thread at its first call and detaches it when it
 * ends. PyTorch ends its threads, and waits for them, when the process exits; Java is gone by then,
 * and lets nobody detach any more: both would wait for ever. So once such a thread was seen the
 * process is told to leave, with its status and all written, before PyTorch's part of the exit.
 *
 * <p>Only Linux's C library has what this takes.
 */
final class ForeignThreads {
    private static final boolean LINUX = System.getProperty("os.name").equals("Linux");

    private final AtomicBoolean seen = new AtomicBoolean(!LINUX);

    /** To be called at the beginning of each upcall, by a method of the class that it is into. */
    void look(Class<?> upcall) {
        // Such threads are daemons, and have nothing of Java below the upcall.
        if (Thread.currentThread().isDaemon() && !seen.get() && isForeign(upcall)) {
            if (seen.compareAndSet(false, true)) {
                leaveEarly();
            }
        }
    }

    private static boolean isForeign(Class<?> upcall) {
        return StackWalker.getInstance()
                .walk(
                        frames ->
                                frames.map(StackFrame::getClassName)
                                        .allMatch(
                                                name ->
                                                        name.equals(upcall.getName())
                                                                || name.equals(
                                                                        ForeignThreads.class
                                                                                .getName())));
    }

    /** What is registered last is done first. */
    private static void leaveEarly() {
        Linker linker = Linker.nativeLinker();
        MethodHandle onExit =
                linker.downcallHandle(
                        symbol(linker, "on_exit"),
                        FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
        MethodHandle atExit =
                linker.downcallHandle(
                        symbol(linker, "__cxa_atexit"),
                        FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS));
        MemorySegment none = MemorySegment.NULL;
        try {
            int first = (int) onExit.invokeExact(symbol(linker, "_exit"), none); // (status, null)
            int second = (int) atExit.invokeExact(symbol(linker, "fflush"), none, none); // of all
            if (first != 0 || second != 0) {
                throw new IllegalStateException("the C library takes no more exit handlers");
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MemorySegment symbol(Linker linker, String name) {
        return linker.defaultLookup().findOrThrow(name);
    }
}
