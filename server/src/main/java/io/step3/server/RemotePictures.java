package io.step3.server;

import io.step3.chat.ImageSource;
import io.step3.chat.PictureUrls;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;

/**
 * Pictures by their addresses: those that carry their bytes, and of others only those from hosts
 * that were allowed. Every address that such a host's name has must be of the public internet, and
 * the connection goes to the one that was looked at: a name that changes meanwhile changes nothing.
 */
final class RemotePictures implements PictureUrls {

    private final Set<String> hosts;
    private final PictureClient client = new PictureClient();

    /**
     * Pictures of these hosts.
     *
     * @param hosts in lower case
     */
    RemotePictures(Set<String> hosts) {
        this.hosts = hosts;
    }

    @Override
    public ImageSource get(String url, String name) {
        if (!url.regionMatches(true, 0, "http:", 0, 5)
                && !url.regionMatches(true, 0, "https:", 0, 6)) {
            return ImageSource.ofDataUrl(url, name);
        }
        URI uri = uri(url, name);
        String host = uri.getHost().toLowerCase(Locale.ROOT);
        if (!hosts.contains(host)) {
            throw new IllegalArgumentException(
                    "The picture %s is at a host that this server does not fetch from: send its bytes as a data: URL, or start the server with --allow-image-hosts."
                            .formatted(name));
        }
        return ImageSource.of(client.get(uri, checked(host, name), name), name);
    }

    private static URI uri(String url, String name) {
        try {
            URI uri = new URI(url);
            if (uri.getHost() != null && uri.getRawUserInfo() == null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // told below
        }
        throw new IllegalArgumentException(
                "The URL of picture %s is not a valid http address.".formatted(name));
    }

    /** One of the host's addresses, all of which are public. */
    private static InetAddress checked(String host, String name) {
        InetAddress[] addresses;
        try {
            addresses = InetAddress.getAllByName(host);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(
                    "The host of picture %s is not known.".formatted(name), e);
        }
        for (InetAddress address : addresses) {
            if (!Addresses.isPublic(address)) {
                throw new IllegalArgumentException(
                        "The host of picture %s is no public one: send the picture's bytes as a data: URL."
                                .formatted(name));
            }
        }
        return addresses[0];
    }
}
