package io.step3.server;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** Which addresses are of the public internet. */
final class Addresses {

    private Addresses() {}

    /** The address of 4 or 16 bytes; an IPv4 one that is written as IPv6 is IPv4. */
    static InetAddress of(byte[] address) {
        try {
            return InetAddress.getByAddress(address);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("an address has 4 or 16 bytes", e);
        }
    }

    /**
     * Whether an address is of the public internet: not of this machine, its network, a provider's
     * or nobody's, nor one that leads to such in another form.
     */
    static boolean isPublic(InetAddress address) {
        if (address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                || address.isMulticastAddress()) {
            return false;
        }
        return switch (address) {
            case Inet4Address four -> isPublic4(four.getAddress());
            case Inet6Address six -> isPublic6(six.getAddress());
            default -> false;
        };
    }

    private static boolean isPublic4(byte[] bytes) {
        int a = bytes[0] & 0xFF;
        int b = bytes[1] & 0xFF;
        int c = bytes[2] & 0xFF;
        boolean carrier = a == 100 && b >= 64 && b < 128;
        boolean benchmark = a == 198 && (b == 18 || b == 19);
        boolean special =
                a == 192 && b == 0 && (c == 0 || c == 2) || a == 192 && b == 88 && c == 99;
        boolean examples = a == 198 && b == 51 && c == 100 || a == 203 && b == 0 && c == 113;
        return a != 0 && a < 224 && !carrier && !benchmark && !special && !examples;
    }

    /** Only what is assigned to the internet, without what holds an IPv4 address. */
    private static boolean isPublic6(byte[] bytes) {
        int first = (bytes[0] & 0xFF) << 8 | bytes[1] & 0xFF;
        int second = (bytes[2] & 0xFF) << 8 | bytes[3] & 0xFF;
        boolean global = first >= 0x2000 && first < 0x4000;
        boolean sixToFour = first == 0x2002;
        boolean special = first == 0x2001 && (second < 0x200 || second == 0xDB8);
        boolean examples = first == 0x3FFF && second < 0x1000;
        return global && !sixToFour && !special && !examples;
    }
}
