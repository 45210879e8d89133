package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/**
 * Versions that the parent manages reach whoever depends on a module only where the module itself
 * names the library: for what comes through another library, Maven takes that one's own version.
 */
class ManagedVersionsTest {

    private static final Path ROOT = Golden.ROOT.resolve("../..");

    @Test
    void everyManagedLibraryIsNamedByAModule() throws Exception {
        Set<String> managed =
                ids(ROOT.resolve("pom.xml"), "/project/dependencyManagement/dependencies");
        assertTrue(managed.contains("net.java.dev.jna:jna"), managed::toString);
        // A list of versions, and no library.
        managed.remove("ai.djl:bom");
        Set<String> named = new HashSet<>(ids(ROOT.resolve("pom.xml"), "/project/dependencies"));
        try (Stream<Path> folders = Files.list(ROOT)) {
            for (Path folder : folders.toList()) {
                Path pom = folder.resolve("pom.xml");
                if (Files.exists(pom)) {
                    named.addAll(ids(pom, "/project/dependencies"));
                }
            }
        }
        Set<String> unnamed = new TreeSet<>(managed);
        unnamed.removeAll(named);
        assertEquals(Set.of(), unnamed);
    }

    private static Set<String> ids(Path pom, String place) throws Exception {
        Document document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(pom.toFile());
        var paths = XPathFactory.newInstance().newXPath();
        String dependency = place + "/dependency";
        Set<String> ids = new TreeSet<>();
        var found = (NodeList) paths.evaluate(dependency, document, XPathConstants.NODESET);
        for (int i = 0; i < found.getLength(); i++) {
            ids.add(
                    paths.evaluate("groupId", found.item(i))
                            + ":"
                            + paths.evaluate("artifactId", found.item(i)));
        }
        return ids;
    }
}
