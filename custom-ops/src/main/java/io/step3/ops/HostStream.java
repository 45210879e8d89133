package io.step3.ops;

import java.lang.foreign.MemorySegment;

/** A stream whose buffers lie in the host's memory and whose operations are done at once. */
abstract sealed class HostStream implements Stream permits JavaStream, NativeStream {
    static final Arguments ARGUMENTS = new HostArguments();

    @Override
    public void write(Buffer to, MemorySegment from) {
        HostBuffer.write(to, from);
    }

    @Override
    public void read(MemorySegment to, Buffer from) {
        HostBuffer.read(to, from);
    }

    @Override
    public void copy(Buffer to, Buffer from) {
        HostBuffer.copy(to, from);
    }

    @Override
    public MemorySegment view(Buffer of) {
        return HostBuffer.of("of", of).segment().asReadOnly();
    }

    @Override
    public MemorySegment viewKeys(KeyValues cache, int layer, int rows) {
        ARGUMENTS.cache(cache, layer, rows);
        HostKeyValues own = HostKeyValues.of(cache);
        return own.view(own.keysAt(layer), rows);
    }

    @Override
    public MemorySegment viewValues(KeyValues cache, int layer, int rows) {
        ARGUMENTS.cache(cache, layer, rows);
        HostKeyValues own = HostKeyValues.of(cache);
        return own.view(own.valuesAt(layer), rows);
    }

    @Override
    public void await() {
        // Everything is done.
    }
}
