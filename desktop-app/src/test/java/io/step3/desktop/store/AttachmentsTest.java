package io.step3.desktop.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AttachmentsTest extends StoreTestBase {

    private static final byte[] PICTURE = {(byte) 0x89, 'P', 'N', 'G', 0, 1, 2};

    private Attachment put(byte[] bytes) throws Exception {
        return await(store.attachments().put(bytes, "image/png", 7, 5));
    }

    private long files() throws Exception {
        Path attachments = folder.resolve("attachments");
        if (!Files.exists(attachments)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(attachments)) {
            return files.filter(Files::isRegularFile).count();
        }
    }

    @Test
    void theBytesAreKeptAsTheyCameAndOnce() throws Exception {
        Attachment first = put(PICTURE);
        assertEquals(first, put(PICTURE.clone()));
        assertEquals(
                new Attachment(Attachments.sha256(PICTURE), "image/png", 7, 5, PICTURE.length),
                first);
        assertArrayEquals(PICTURE, await(store.attachments().bytes(first.sha256())));
        assertEquals(1, files());
    }

    @Test
    void aPictureGoesWithTheLastThatUsesIt() throws Exception {
        Part.Image image = new Part.Image(put(PICTURE).sha256(), "cat.png");
        long conversation = newConversation("x");
        List<Part> parts = List.of(new Part.Text("See"), image);
        Message one =
                await(store.messages().add(conversation, OptionalLong.empty(), Role.USER, parts));
        Message two =
                await(store.messages().add(conversation, OptionalLong.empty(), Role.USER, parts));

        Message without = await(store.messages().removeImage(one.id(), 1));
        assertEquals(
                List.of(new Part.Text("See"), new Part.RemovedImage("cat.png")), without.parts());
        assertEquals(1, files());
        fails(StoreException.Refused.class, store.messages().removeImage(one.id(), 1));
        await(store.messages().removeImage(two.id(), 1));
        assertEquals(0, files());
        fails(StoreException.Refused.class, store.attachments().bytes(image.sha256()));
    }

    @Test
    void aDraftKeepsItsPictureAndAPurgeTakesTheOthers() throws Exception {
        Part.Image kept = new Part.Image(put(PICTURE).sha256(), "a.png");
        Part.Image purged = new Part.Image(put(new byte[] {1}).sha256(), "b.png");
        long conversation = newConversation("x");
        await(
                store.messages()
                        .add(conversation, OptionalLong.empty(), Role.USER, List.of(purged, kept)));
        store.drafts().save(Drafts.NEW_CONVERSATION, new Draft("", List.of(kept)));
        reopen();
        await(store.conversations().delete(conversation));
        assertEquals(2, files());
        purgeDeleted();
        assertEquals(1, files());
        assertEquals(List.of(kept), await(store.drafts().load(Drafts.NEW_CONVERSATION)).images());
        assertArrayEquals(PICTURE, await(store.attachments().bytes(kept.sha256())));
    }

    @Test
    void whatNothingUsesIsGoneAfterTheNextStart() throws Exception {
        put(PICTURE);
        Path half = Files.createDirectories(folder.resolve("attachments/ab"));
        Files.write(half.resolve("." + java.util.UUID.randomUUID() + ".part"), PICTURE);
        purgeDeleted();
        assertEquals(2, files());
        reopen();
        assertEquals(0, files());
    }

    @Test
    void onlyPicturesOfKnownKindsAndSizesAreKept() {
        fails(StoreException.Refused.class, store.attachments().put(PICTURE, "text/html", 1, 1));
        fails(
                StoreException.Refused.class,
                store.attachments().put(PICTURE, "image/svg+xml", 1, 1));
        fails(StoreException.Refused.class, store.attachments().put(PICTURE, "image/png", 0, 1));
        fails(
                StoreException.Refused.class,
                store.attachments().put(new byte[Attachments.SIZE_LIMIT + 1], "image/png", 1, 1));
    }

    @Test
    void aPictureRemovedFromOutsideIsToldByName() throws Exception {
        String sha256 = put(PICTURE).sha256();
        Files.delete(folder.resolve("attachments").resolve(sha256.substring(0, 2)).resolve(sha256));
        assertEquals(
                true,
                fails(StoreException.PictureLost.class, store.attachments().bytes(sha256))
                        .getMessage()
                        .contains(sha256));
    }

    @Test
    void aPictureWhoseBytesAreOthersIsNeverGivenForTheOneThatWasKept() throws Exception {
        String sha256 = put(PICTURE).sha256();
        Path file = folder.resolve("attachments").resolve(sha256.substring(0, 2)).resolve(sha256);
        byte[] other = PICTURE.clone();
        other[3] ^= 1;
        Files.write(file, other);
        assertEquals(
                false,
                fails(StoreException.PictureLost.class, store.attachments().bytes(sha256))
                        .missing());
        // Given again, it is mended.
        put(PICTURE);
        assertArrayEquals(PICTURE, await(store.attachments().bytes(sha256)));
    }
}
