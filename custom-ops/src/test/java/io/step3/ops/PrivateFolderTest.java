package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Where a library may lie, and where somebody else could lay his. */
@DisabledOnOs(OS.WINDOWS)
class PrivateFolderTest {
    private static final int STRANGER = 4242;

    @TempDir private Path temporary;
    private Path above;
    private Path folder;

    @BeforeEach
    void make() throws IOException {
        above = Files.createDirectory(temporary.resolve("above"));
        folder = above.resolve("cache/own");
        mode(above, 0755);
    }

    private static void mode(Path path, int mode) throws IOException {
        Files.setAttribute(path, "unix:mode", mode);
    }

    /** Only root can give files away. */
    private static void giveAway(Path path, String what, int to) {
        try {
            Files.setAttribute(path, "unix:" + what, to, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            Assumptions.abort("files cannot be given away here");
        }
    }

    private void refused(Path named, String why) {
        var e = assertThrows(IOException.class, () -> PrivateFolder.create(folder));
        assertTrue(e.getMessage().startsWith(named + " "), e.getMessage());
        assertTrue(e.getMessage().contains(why), e.getMessage());
    }

    @Test
    void itIsMadeForItsOwnerAlone() throws IOException {
        PrivateFolder.create(folder);
        mode(folder, 0755);
        PrivateFolder.create(folder);
        assertEquals(
                "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
        mode(folder, 0777);
        refused(folder.toRealPath(), "can be written by other users");
    }

    @Test
    void aFolderOnTheWayThatOthersCanWriteToIsRefused() throws IOException {
        PrivateFolder.create(folder);
        mode(above, 0777);
        refused(above.toRealPath(), "can be written by other users");
    }

    @Test
    void oneWithTheStickyBitIsPassed() throws IOException {
        mode(above, 01777);
        PrivateFolder.create(folder);
    }

    @Test
    void aGroupThatCanWriteIsRefusedUnlessItIsTheUsersOwn() throws IOException {
        PrivateFolder.create(folder);
        mode(above, 0775);
        giveAway(above, "gid", STRANGER);
        refused(above.toRealPath(), "can be written by other users");
        giveAway(above, "gid", 0);
        PrivateFolder.create(folder);
    }

    @Test
    void whatBelongsToAnotherUserIsRefused() throws IOException {
        PrivateFolder.create(folder);
        giveAway(above, "uid", STRANGER);
        refused(above.toRealPath(), "belongs to another user");
        giveAway(above, "uid", 0);
        giveAway(folder, "uid", STRANGER);
        refused(folder.toRealPath(), "belongs to another user");
    }

    @Test
    void aLinkIsFollowedIfItIsOurs() throws IOException {
        Path real = Files.createDirectories(temporary.resolve("real/cache"));
        Path link = Files.createSymbolicLink(above.resolve("cache"), real);
        PrivateFolder.create(folder);
        assertTrue(Files.isDirectory(real.resolve("own")));
        giveAway(link, "uid", STRANGER);
        refused(above.toRealPath().resolve("cache"), "belongs to another user");
    }

    @Test
    void whereALinkLeadsIsCheckedToo() throws IOException {
        Path real = Files.createDirectories(temporary.resolve("real/cache"));
        Files.createSymbolicLink(above.resolve("cache"), Path.of("../real/cache"));
        mode(real.getParent(), 0777);
        refused(real.getParent().toRealPath(), "can be written by other users");
    }
}
