package io.step3.chat;

/**
 * An entry of {@code added_tokens}: a text that is one token wherever it stands.
 *
 * @param id its token id
 * @param content the text, not empty
 * @param special whether it is a mark rather than text
 * @param normalized whether it is looked for in the text as normalised
 * @param singleWord whether it counts only as a word of its own
 * @param takesLeft whether it takes the white space before it with it
 * @param takesRight whether it takes the white space behind it with it
 */
record AddedToken(
        int id,
        String content,
        boolean special,
        boolean normalized,
        boolean singleWord,
        boolean takesLeft,
        boolean takesRight) {

    /**
     * @throws IllegalArgumentException if a field is of another type; the message names it
     */
    static AddedToken read(JsonPath json) {
        boolean special = flag(json, "special", false);
        return new AddedToken(
                json.get("id").map(JsonPath::integer).orElse(-1),
                json.get("content").map(JsonPath::string).orElse(""),
                special,
                flag(json, "normalized", !special),
                flag(json, "single_word", false),
                flag(json, "lstrip", false),
                flag(json, "rstrip", false));
    }

    private static boolean flag(JsonPath json, String name, boolean absent) {
        return json.get(name).map(JsonPath::bool).orElse(absent);
    }
}
