package io.step3.desktop.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArchiveTest extends StoreTestBase {

    private static final String ANSWER =
            """
            ## Two *cats*

            | animal | count |
            |---|---|
            | cat | **2** |

            ```java
            if (a < b) { meow(); }
            ```

            1. one
            2. two [link](https://example.org/a?b=1&c=2) [bad](javascript:alert(1)) [file](file:///etc/passwd)

            <script>alert('x')</script>

            ![remote](https://evil.example/pixel.png)
            """;

    private byte[] picture;
    private long conversation;
    private Message question;
    private Message answer;

    @BeforeEach
    void converse() throws Exception {
        BufferedImage image = new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB);
        image.setRGB(3, 3, Color.RED.getRGB());
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        picture = png.toByteArray();
        Attachment attachment = await(store.attachments().put(picture, "image/png", 40, 30));
        conversation = newConversation("Cats & <dogs>");
        await(store.conversations().setSystemPrompt(conversation, "Be brief."));
        await(store.conversations().setSampling(conversation, "{\"seed\":7}"));
        question =
                await(
                        store.messages()
                                .add(
                                        conversation,
                                        OptionalLong.empty(),
                                        Role.USER,
                                        List.of(
                                                new Part.Text("How many <b>cats</b> & 猫?"),
                                                new Part.Image(
                                                        attachment.sha256(), "my \"cat\".png"),
                                                new Part.RemovedImage("dog.png"))));
        answer = reply(question.id(), "I count\n\nthem.", ANSWER);
        StreamingMessage second = await(store.messages().regenerate(answer.id(), "other"));
        second.append(StreamingMessage.Channel.ANSWER, "Two.");
        await(
                second.finish(
                        new StreamingMessage.Ending(
                                MessageStatus.FAILED,
                                "The server is gone.",
                                "[{\"name\":\"f\"}]",
                                "{\"tokens\":1}")));
        await(store.messages().show(answer.id()));
    }

    private Path export(ExportFormat format) throws Exception {
        Path file = folder.resolve("out." + format.extension());
        await(store.archive().export(conversation, format, English.LABELS, English.SIGNS, file));
        try (Stream<Path> files = Files.list(folder)) {
            assertTrue(files.noneMatch(path -> path.toString().endsWith(".part")));
        }
        return file;
    }

    @Test
    void markdownHoldsTheBranchWithItsPicture() throws Exception {
        String markdown = Files.readString(export(ExportFormat.MARKDOWN));
        String expected =
                """
                # Cats \\& \\<dogs\\>

                **System prompt**

                > Be brief.

                ## You

                How many <b>cats</b> & 猫?

                ![my "cat".png][picture-1]

                *Removed picture: dog.png*

                ## Model (tiny)

                **Reasoning**

                > I count
                >
                > them.

                """
                        + ANSWER
                        + "\n[picture-1]: data:image/png;base64,"
                        + Base64.getEncoder().encodeToString(picture)
                        + "\n";
        assertEquals(expected, markdown);
    }

    @Test
    void htmlIsOnePageInWhichNothingRunsAndNothingIsLoaded() throws Exception {
        String html = Files.readString(export(ExportFormat.HTML));
        assertTrue(html.contains("<h1>Cats &amp; &lt;dogs&gt;</h1>"), html);
        assertTrue(
                html.contains("<p class=\"plain\">How many &lt;b&gt;cats&lt;/b&gt; &amp; 猫?</p>"),
                html);
        assertTrue(
                html.contains(
                        "<img alt=\"my &quot;cat&quot;.png\" width=\"40\" height=\"30\" src=\"data:image/png;base64,"
                                + Base64.getEncoder().encodeToString(picture)
                                + "\">"),
                html);
        assertTrue(html.contains("<h2>Two <em>cats</em></h2>"), html);
        assertTrue(html.contains("<td><strong>2</strong></td>"), html);
        assertTrue(html.contains("<code class=\"language-java\">if (a &lt; b) { meow(); }"), html);
        assertTrue(html.contains("<details><summary>Reasoning</summary>\n<p>I count</p>"), html);
        assertTrue(html.contains("href=\"https://example.org/a?b=1&amp;c=2\""), html);
        assertTrue(html.contains("bad") && !html.contains("href=\"javascript"), html);
        assertFalse(html.contains("href=\"file"), html);
        assertTrue(html.contains("&lt;script&gt;alert("), html);
        assertTrue(html.contains("remote (https://evil.example/pixel.png)"), html);
        assertFalse(html.contains("<script"), html);
        assertEquals(html.indexOf("<img"), html.lastIndexOf("<img"), html);
        assertTrue(
                html.contains(
                        "default-src 'none'; img-src data:; font-src data:; style-src 'sha256-"),
                html);
    }

    @Test
    void jsonGivesBackTheWholeConversationWithAllBranches() throws Exception {
        await(store.conversations().startContextAt(conversation, OptionalLong.of(answer.id())));
        Path file = export(ExportFormat.JSON);
        Conversation before = await(store.conversations().get(conversation));
        await(store.conversations().delete(conversation));
        purgeDeleted();

        Conversation back = await(store.archive().importJson(file));

        assertEquals("Cats & <dogs>", back.title());
        assertEquals(before.created(), back.created());
        assertEquals(before.updated(), back.updated());
        assertEquals("Be brief.", back.systemPrompt());
        assertEquals("{\"seed\":7}", back.sampling());
        Branch branch = await(store.messages().branch(back.id()));
        Message newQuestion = branch.steps().get(0).message();
        Message newAnswer = branch.steps().get(1).message();
        assertEquals(OptionalLong.of(newAnswer.id()), back.contextStart());
        assertEquals(question.parts(), newQuestion.parts());
        assertEquals(answer.answer(), newAnswer.answer());
        assertEquals(answer.reasoning(), newAnswer.reasoning());
        assertEquals(answer.created(), newAnswer.created());
        long other = branch.steps().get(1).next().getAsLong();
        Message failed = await(store.messages().get(other));
        assertEquals(MessageStatus.FAILED, failed.status());
        assertEquals("The server is gone.", failed.error());
        assertEquals("[{\"name\":\"f\"}]", failed.toolCalls());
        assertEquals("{\"tokens\":1}", failed.usage());
        assertEquals("other", failed.model());
        String sha256 = ((Part.Image) newQuestion.parts().get(1)).sha256();
        assertArrayEquals(picture, await(store.attachments().bytes(sha256)));
        assertEquals(1, await(store.search().find("meow", 10)).size());

        conversation = back.id();
        String again = Files.readString(export(ExportFormat.JSON));
        await(store.archive().importJson(folder.resolve("out.json")));
        conversation =
                await(store.conversations().list()).stream()
                        .mapToLong(Conversation::id)
                        .max()
                        .getAsLong();
        assertEquals(again, Files.readString(export(ExportFormat.JSON)));
    }

    @Test
    void markdownNestedWithoutEndIsExportedAllTheSame() throws Exception {
        String nested =
                ">".repeat(20_000)
                        + "x\n\n"
                        + "*a ".repeat(20_000)
                        + "[".repeat(20_000)
                        + "\n\n- ".repeat(1_000);
        reply(question.id(), nested, nested);
        for (ExportFormat format : ExportFormat.values()) {
            assertTrue(Files.size(export(format)) > 20_000, format.toString());
        }
    }

    @Test
    void anExportThatFailsLeavesWhatWasThere() throws Exception {
        Path file = export(ExportFormat.HTML);
        String before = Files.readString(file);
        Path pictureFile =
                folder.resolve("attachments")
                        .resolve(Attachments.sha256(picture).substring(0, 2))
                        .resolve(Attachments.sha256(picture));
        Files.delete(pictureFile);
        fails(
                StoreException.PictureLost.class,
                store.archive()
                        .export(
                                conversation,
                                ExportFormat.HTML,
                                English.LABELS,
                                English.SIGNS,
                                file));
        assertEquals(before, Files.readString(file));
        fails(
                StoreException.class,
                store.archive()
                        .export(
                                conversation,
                                ExportFormat.JSON,
                                English.LABELS,
                                English.SIGNS,
                                folder.resolve("no/such/x.json")));
    }

    private static final String START = "{\"format\":\"step3-conversation\",\"version\":1,";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"format\":\"step3-conversation\",\"version\":2,\"messages\":[]}",
                "{\"format\":\"other\",\"version\":1,\"messages\":[]}",
                START + "\"messages\":[]",
                START + "\"messages\":[]} {}",
                START + "\"messages\":{}}",
                START + "\"title\":[]}",
                START + "\"title\":null}",
                START + "\"title\":\"one\",\"title\":\"two\"}",
                START + "\"messages\":[{\"answer\":\"one\",\"answer\":\"two\"}]}",
                START + "\"created\":\"yesterday\"}",
                START + "\"created\":\"+1000000000-12-31T23:59:59.999999999Z\"}",
                START + "\"sampling\":[]}",
                START + "\"current_leaf\":0}",
                START + "\"current_leaf\":99999999999}",
                START + "\"messages\":[{\"parent\":0}]}",
                START + "\"messages\":[{\"parent\":-1}]}",
                START + "\"messages\":[{\"parent\":1},{\"parent\":0}]}",
                START + "\"messages\":[{\"role\":\"root\"}]}",
                START + "\"messages\":[{\"status\":\"dead\"}]}",
                START + "\"messages\":[{\"usage\":1}]}",
                START + "\"messages\":[{\"tool_calls\":{}}]}",
                START + "\"messages\":[{\"parts\":[{}]}]}",
                START + "\"messages\":[{\"parts\":[{\"picture\":\"../../etc/passwd\"}]}]}",
                START
                        + "\"pictures\":[{\"sha256\":\"00\",\"media_type\":\"image/png\",\"width\":1,\"height\":1,"
                        + "\"data\":\"AA==\"}]}",
                START + "\"pictures\":[{\"sha256\":\"x\",\"data\":\"*\"}]}",
                START
                        + "\"pictures\":[{\"sha256\":\"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d\","
                        + "\"media_type\":\"image/png\\\" onload=\\\"x\",\"width\":1,\"height\":1,\"data\":\"AA==\"}]}",
            })
    void aFileThatIsNotRightAddsNothing(String json) throws Exception {
        Path file = Files.writeString(folder.resolve("bad.json"), json);
        var refused = fails(StoreException.NotImportable.class, store.archive().importJson(file));
        assertTrue(refused.getMessage().contains("bad.json"), refused.getMessage());
        assertEquals(1, await(store.conversations().list()).size());
    }

    @Test
    void aFileNestedWithoutEndIsRefused() throws Exception {
        for (String name : List.of("sampling", "unknown", "messages")) {
            Path file =
                    Files.writeString(
                            folder.resolve("bad.json"),
                            START + '"' + name + "\":" + "[".repeat(1_000_000));
            fails(StoreException.NotImportable.class, store.archive().importJson(file));
        }
        fails(StoreException.class, store.archive().importJson(folder.resolve("none.json")));
    }

    @Test
    void anImportThatFailsOnTheWayLeavesNothing() throws Exception {
        Path file = export(ExportFormat.JSON);
        await(store.conversations().delete(conversation));
        purgeDeleted();
        await(
                store.database()
                        .write(
                                t ->
                                        t.update(
                                                "CREATE TRIGGER fault BEFORE INSERT ON part BEGIN SELECT raise(ABORT, 'fault'); END")));

        fails(StoreException.class, store.archive().importJson(file));

        for (String table : List.of("conversation", "message", "part", "attachment")) {
            assertEquals(
                    List.of(0),
                    await(
                            store.database()
                                    .read(
                                            t ->
                                                    t.list(
                                                            row -> row.getInt(1),
                                                            "SELECT count(*) FROM " + table))));
        }
        try (Stream<Path> files = Files.walk(folder.resolve("attachments"))) {
            assertEquals(List.of(), files.filter(Files::isRegularFile).toList());
        }
    }

    @Test
    void aLongConversationIsImportedWhole() throws Exception {
        List<String> messages = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            String parent = i == 0 ? "null" : "" + (i - 1);
            messages.add(
                    "{\"parent\":%s,\"role\":\"user\",\"parts\":[{\"text\":\"message number %d\"}]}"
                            .formatted(parent, i));
        }
        Path file =
                Files.writeString(
                        folder.resolve("long.json"), START + "\"messages\":" + messages + "}");
        Conversation imported = await(store.archive().importJson(file));
        Branch branch = await(store.messages().branch(imported.id()));
        assertEquals(3_000, branch.steps().size());
        assertEquals("message number 2999", branch.steps().getLast().message().text());
    }

    @Test
    void aFileLargerThanTheMemoryForItIsImportedPictureByPicture() throws Exception {
        // Some pictures of 8 MiB each, more together than the program below may use.
        Path file = folder.resolve("large.json");
        int count = 8;
        try (var out = Files.newBufferedWriter(file)) {
            out.write(
                    "{\"format\":\"step3-conversation\",\"version\":1,\"title\":\"large\",\"pictures\":[");
            StringBuilder parts = new StringBuilder();
            for (int i = 0; i < count; i++) {
                byte[] bytes = new byte[8 << 20];
                bytes[0] = (byte) i;
                String sha256 = Attachments.sha256(bytes);
                out.write(
                        (i == 0 ? "" : ",")
                                + "{\"sha256\":\""
                                + sha256
                                + "\",\"media_type\":\"image/png\",\"width\":9,\"height\":9,\"data\":\"");
                out.write(Base64.getEncoder().encodeToString(bytes));
                out.write("\"}");
                parts.append(i == 0 ? "" : ",")
                        .append("{\"picture\":\"" + sha256 + "\",\"name\":\"p\"}");
            }
            out.write("],\"messages\":[{\"role\":\"user\",\"parts\":[" + parts + "]}]}");
        }
        Process program =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx80m",
                                "-XX:+UseSerialGC",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Importing.class.getName(),
                                folder.resolve("imported").toString(),
                                file.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        String told = new String(program.getInputStream().readAllBytes());
        assertEquals(0, program.waitFor());
        assertEquals("large", told);
        try (Stream<Path> pictures =
                Attachments.files(new DataFolder(folder.resolve("imported")))) {
            assertEquals(count, pictures.count());
        }
    }

    /** A program with little memory that imports a file. */
    static final class Importing {
        public static void main(String[] arguments) throws Exception {
            try (Store store = Store.open(Path.of(arguments[0]))) {
                System.out.print(store.archive().importJson(Path.of(arguments[1])).get().title());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"image/avif", "image/tiff", "image/svg+xml"})
    void picturesThatNobodyHereCanReadAreNotImported(String type) throws Exception {
        Path file = export(ExportFormat.JSON);
        Files.writeString(file, Files.readString(file).replace("image/png", type));
        var refused = fails(StoreException.NotImportable.class, store.archive().importJson(file));
        assertTrue(refused.getMessage().contains(type), refused.getMessage());
    }

    @Test
    void anExportIsAsReadableAsTheFileItReplaces() throws Exception {
        org.junit.jupiter.api.Assumptions.assumeTrue(
                Files.getFileStore(folder).supportsFileAttributeView("posix"));
        Path file = export(ExportFormat.HTML);
        var shared = java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--");
        Files.setPosixFilePermissions(file, shared);
        assertEquals(shared, Files.getPosixFilePermissions(export(ExportFormat.HTML)));
    }
}
