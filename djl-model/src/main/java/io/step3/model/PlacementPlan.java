package io.step3.model;

import io.step3.checkpoint.Step3Config;
import java.util.Locale;
import java.util.Optional;

/**
 * A placement, and the memory that it takes.
 *
 * @param placement where what lies
 * @param context tokens of keys and values that are counted
 * @param deviceBytes what lies on the device, working memory included
 * @param hostBytes what lies in the host's memory
 * @param cacheBytes what the caches may take where they lie, if that is the device; else 0
 * @param hostMissing bytes that the host's memory is too small by: as much is read from the disk
 *     again and again; 0 if it suffices
 */
public record PlacementPlan(
        Placement placement,
        int context,
        long deviceBytes,
        long hostBytes,
        long cacheBytes,
        long hostMissing) {

    /** Of a device, what is kept free: 1 / 50. */
    private static final int KEPT_FREE = 50;

    /** Of a device, what caches take where nobody asked for a context: 1 / 8. */
    private static final int CACHES = 8;

    /**
     * Fills a device with what serves best there, in the order of {@link TensorClass}, as long as
     * there is room, and keeps 2 % of it free. What is too large is passed over for what comes
     * next; the routed experts of a layer stay together.
     *
     * @param freeDevice bytes
     * @param freeRam bytes of the host's
     * @param context tokens that keys and values are to have room for; 0 for what the model allows,
     *     but no more than an eighth of the device
     */
    public static PlacementPlan of(
            Step3Config config, Footprint size, long freeDevice, long freeRam, int context) {
        long room = usable(freeDevice);
        int tokens = context(config, size, context, freeDevice);
        Placement everything = Placement.all(Where.GPU, config.text());
        Placement filled = fill(config, size, everything, room, tokens);
        return new PlacementPlan(filled, size, room, freeRam, tokens);
    }

    /**
     * What somebody asked for, if it fits.
     *
     * @throws DeviceTooSmallException if it does not, with what is missing and what would fit
     */
    public static PlacementPlan of(
            Placement placement,
            Step3Config config,
            Footprint size,
            long freeDevice,
            long freeRam,
            int context) {
        long room = usable(freeDevice);
        int tokens = context(config, size, context, freeDevice);
        long missing = size.at(Where.GPU, placement, tokens) - room;
        if (missing > 0) {
            throw tooSmall(placement, config, size, freeDevice, tokens, missing);
        }
        return new PlacementPlan(placement, size, room, freeRam, tokens);
    }

    private PlacementPlan(
            Placement placement, Footprint size, long room, long freeRam, int context) {
        this(
                placement,
                context,
                size.at(Where.GPU, placement, context),
                size.at(Where.CPU, placement, context),
                placement.cache() == Where.GPU ? room - size.at(Where.GPU, placement, 0) : 0,
                Math.max(0, size.at(Where.CPU, placement, context) - freeRam));
    }

    private static long usable(long freeDevice) {
        return freeDevice - freeDevice / KEPT_FREE;
    }

    private static int context(Step3Config config, Footprint size, int asked, long freeDevice) {
        if (asked > 0) {
            return asked;
        }
        long affordable = Math.max(1, freeDevice / CACHES / Math.max(1, size.cacheToken()));
        return (int) Math.min(config.text().maxPositions(), affordable);
    }

    /** Of what is wanted on the device, what it has room for. */
    private static Placement fill(
            Step3Config config, Footprint size, Placement wanted, long room, int context) {
        Placement filled = Placement.all(Where.CPU, config.text());
        long left = room - size.work();
        for (TensorClass part : TensorClass.values()) {
            if (part == TensorClass.ROUTED) {
                for (int layer = 0; layer < size.routed().size(); layer++) {
                    long bytes = size.routed().get(layer);
                    if (wanted.routed().get(layer) == Where.GPU && 0 < bytes && bytes <= left) {
                        filled = filled.withRouted(layer, layer, Where.GPU);
                        left -= bytes;
                    }
                }
            } else {
                long bytes = size.of(part, context);
                if (wanted.parts().get(part) == Where.GPU && 0 < bytes && bytes <= left) {
                    filled = filled.with(part, Where.GPU);
                    left -= bytes;
                }
            }
        }
        return withoutNothing(filled, size);
    }

    /** What the model does not have is where most is, so that it is not spoken of. */
    private static Placement withoutNothing(Placement filled, Footprint size) {
        Where most = filled.attention();
        Placement placement = filled;
        for (TensorClass part : filled.parts().keySet()) {
            if (size.of(part, 1) == 0) {
                placement = placement.with(part, most);
            }
        }
        for (int layer = 0; layer < size.routed().size(); layer++) {
            if (size.routed().get(layer) == 0) {
                placement = placement.withRouted(layer, layer, most);
            }
        }
        return placement;
    }

    private static DeviceTooSmallException tooSmall(
            Placement asked,
            Step3Config config,
            Footprint size,
            long freeDevice,
            int context,
            long missing) {
        Placement fits =
                smallestChange(asked, size, missing)
                        .orElseGet(() -> fill(config, size, asked, usable(freeDevice), context));
        long shorter = context - Math.ceilDiv(missing, Math.max(1, size.cacheToken()));
        boolean helps = asked.cache() == Where.GPU && shorter > 0;
        return new DeviceTooSmallException(
                "the placement %s needs %s on the device with a context of %d tokens, but %s of it may be used: %s are missing; %s fits%s"
                        .formatted(
                                asked,
                                text(size.at(Where.GPU, asked, context)),
                                context,
                                text(usable(freeDevice)),
                                text(missing),
                                fits,
                                helps ? ", and so does a context of " + shorter : ""),
                missing,
                fits);
    }

    /** The one class, or the last layers' routed experts, that make room with the fewest bytes. */
    private static Optional<Placement> smallestChange(
            Placement asked, Footprint size, long missing) {
        Placement best = null;
        long fewest = Long.MAX_VALUE;
        for (var part : asked.parts().entrySet()) {
            long bytes = size.of(part.getKey(), 0);
            if (part.getValue() == Where.GPU && bytes >= missing && bytes <= fewest) {
                best = asked.with(part.getKey(), Where.CPU);
                fewest = bytes;
            }
        }
        long freed = 0;
        Placement fewer = asked;
        for (int layer = size.routed().size() - 1; layer >= 0 && freed < missing; layer--) {
            if (asked.routed().get(layer) == Where.GPU && size.routed().get(layer) > 0) {
                freed += size.routed().get(layer);
                fewer = fewer.withRouted(layer, layer, Where.CPU);
            }
        }
        return Optional.ofNullable(freed >= missing && freed < fewest ? fewer : best);
    }

    /** What a person should be told: that the host reads weights from the disk for every token. */
    public Optional<String> warning() {
        return hostMissing == 0
                ? Optional.empty()
                : Optional.of(
                        "What the placement %s leaves to the cpu takes %s of memory, %s more than there are: it is read from the disk again and again."
                                .formatted(placement, text(hostBytes), text(hostMissing)));
    }

    private static String text(long bytes) {
        double shown = bytes;
        for (String unit : new String[] {"bytes", "kB", "MB"}) {
            if (shown < 1000) {
                return String.format(
                        Locale.ROOT, unit.equals("bytes") ? "%.0f %s" : "%.2f %s", shown, unit);
            }
            shown /= 1000;
        }
        return String.format(Locale.ROOT, "%.2f GB", shown);
    }
}
