package io.step3.chat;

/** Gives the pictures that a request names by URL. */
@FunctionalInterface
public interface PictureUrls {

    /** Only those that are in their URLs: nothing is fetched. */
    PictureUrls DATA_ONLY = ImageSource::ofDataUrl;

    /**
     * A picture.
     *
     * @param url as the request has it, of any kind
     * @param name what error messages call the picture: its place in the request
     * @throws IllegalArgumentException if it cannot be had; the message says why
     */
    ImageSource get(String url, String name);
}
