package io.step3.ops;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;

/**
 * A folder that nobody but its owner can write to or exchange: what lies in it may be executed.
 *
 * <p>Every folder and link on the way to it must belong to this user, to root, or to the owner of
 * the root folder, and no folder may be writable for others. Two kinds that are may be passed:
 * where the sticky bit is set, as in {@code /tmp}, nobody can take away what is ours; and the group
 * may write if it is root's or of its owner's own name, as where every user has a group.
 */
final class PrivateFolder {

    private static final int OTHERS_WRITE = 0002;
    private static final int GROUP_WRITES = 0020;
    private static final int STICKY = 01000;
    private static final int MOST_LINKS = 40;

    private PrivateFolder() {}

    /**
     * Makes the folder, and those above it, if they are missing, and checks it.
     *
     * @throws IOException in one sentence, if it cannot be made, or somebody else could write to it
     */
    static void create(Path folder) throws IOException {
        Path absolute = folder.toAbsolutePath().normalize();
        if (!FileSystems.getDefault().supportedFileAttributeViews().contains("unix")) {
            Files.createDirectories(absolute);
            return;
        }
        var permissions = PosixFilePermissions.fromString("rwx------");
        FileAttribute<?> onlyOwner = PosixFilePermissions.asFileAttribute(permissions);
        Files.createDirectories(absolute, onlyOwner);
        check(absolute);
        Element own = Element.of(absolute.toRealPath());
        if (own.uid != user(absolute)) {
            throw new IOException("%s belongs to another user".formatted(absolute));
        }
        if (!permissions.equals(Files.getPosixFilePermissions(absolute))) {
            Files.setPosixFilePermissions(absolute, permissions);
        }
    }

    /**
     * @throws IOException if somebody else could exchange what is there
     */
    private static void check(Path folder) throws IOException {
        check(folder, user(folder), 0);
    }

    private static void check(Path path, int user, int links) throws IOException {
        if (links > MOST_LINKS) {
            throw new IOException(path + " leads through too many links");
        }
        int system = Element.of(path.getRoot()).uid;
        Path at = path.getRoot();
        Element above = Element.of(at);
        refuse(at, above, user, system);
        for (Path name : path) {
            at = at.resolve(name);
            Element element = Element.of(at);
            refuse(at, element, user, system);
            if (element.link) {
                Path target = at.resolveSibling(Files.readSymbolicLink(at)).normalize();
                check(target, user, links + 1);
                at = at.toRealPath();
            }
        }
    }

    private static void refuse(Path at, Element element, int user, int system) throws IOException {
        if (element.uid != user && element.uid != 0 && element.uid != system) {
            throw new IOException(
                    "%s belongs to another user, who could lay a library there".formatted(at));
        }
        if (element.link || (element.mode & STICKY) != 0) {
            return;
        }
        boolean others = (element.mode & OTHERS_WRITE) != 0;
        boolean group =
                (element.mode & GROUP_WRITES) != 0
                        && element.gid != 0
                        && !element.groupName.equals(element.ownerName);
        if (others || group) {
            throw new IOException(
                    "%s can be written by other users, who could lay a library there"
                            .formatted(at));
        }
    }

    /** What the system knows of a path itself, not of what it links to. */
    private record Element(
            boolean link, int mode, int uid, int gid, String ownerName, String groupName) {

        static Element of(Path path) throws IOException {
            Map<String, Object> known =
                    Files.readAttributes(
                            path,
                            "unix:mode,uid,gid,owner,group,isSymbolicLink",
                            LinkOption.NOFOLLOW_LINKS);
            return new Element(
                    (boolean) known.get("isSymbolicLink"),
                    (int) known.get("mode"),
                    (int) known.get("uid"),
                    (int) known.get("gid"),
                    known.get("owner").toString(),
                    known.get("group").toString());
        }
    }

    /** The user that this process runs as. */
    static Optional<Integer> user() {
        try {
            return Optional.of((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException | UnsupportedOperationException e) {
            return Optional.empty();
        }
    }

    /** As {@link #user()}, where the system does not tell: the owner of what is made here. */
    private static int user(Path folder) throws IOException {
        Optional<Integer> known = user();
        if (known.isPresent()) {
            return known.get();
        }
        Path made = Files.createTempFile(folder, "", ".part");
        try {
            return (int) Files.getAttribute(made, "unix:uid");
        } finally {
            Files.delete(made);
        }
    }
}
