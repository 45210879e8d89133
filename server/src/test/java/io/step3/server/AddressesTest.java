package io.step3.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressesTest {

    @ParameterizedTest
    @CsvSource({
        "1.1.1.1, true",
        "93.184.216.34, true",
        "2606:4700::1111, true",
        "0.0.0.0, false",
        "0.1.2.3, false",
        "10.0.0.1, false",
        "100.64.0.1, false",
        "127.0.0.1, false",
        "169.254.169.254, false",
        "172.16.0.1, false",
        "172.32.0.1, true",
        "192.0.0.8, false",
        "192.168.0.1, false",
        "198.18.0.1, false",
        "224.0.0.1, false",
        "255.255.255.255, false",
        "::, false",
        "::1, false",
        "::ffff:10.0.0.1, false",
        "::10.0.0.1, false",
        "64:ff9b::7f00:1, false",
        "2002:7f00:1::, false",
        "2001:db8::1, false",
        "fc00::1, false",
        "fe80::1, false",
        "ff02::1, false"
    })
    void onlyThoseOfTheInternetArePublic(String address, boolean expected)
            throws UnknownHostException {
        assertEquals(expected, Addresses.isPublic(InetAddress.getByName(address)));
    }
}
