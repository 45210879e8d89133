package io.step3.desktop.store;

import org.commonmark.Extension;
import org.commonmark.ext.autolink.AutolinkExtension;
import org.commonmark.ext.gfm.strikethrough.StrikethroughExtension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;

import java.util.List;
import java.util.Locale;

/**
 * Markdown from a model or a person, read so that nothing in it can do anything: HTML is text,
 * pictures are their address, and links lead only to http, https and mailto.
 */
final class SafeMarkdown {

    // Deeper than anyone writes, and shallow enough for the renderers, which recurse.
    private static final int NESTING_LIMIT = 50;

    private static final List<Extension> EXTENSIONS =
            List.of(
                    TablesExtension.create(),
                    StrikethroughExtension.create(),
                    AutolinkExtension.create());

    private static final Parser PARSER =
            Parser.builder()
                    .extensions(EXTENSIONS)
                    .maxOpenBlockParsers(NESTING_LIMIT)
                    .maxInlineNesting(NESTING_LIMIT)
                    .build();

    private static final HtmlRenderer HTML =
            HtmlRenderer.builder()
                    .extensions(EXTENSIONS)
                    .escapeHtml(true)
                    .sanitizeUrls(true)
                    .build();

    private SafeMarkdown() {}

    static Node parse(String markdown) {
        Node document = PARSER.parse(markdown);
        document.accept(new Defuser());
        return document;
    }

    static String toHtml(String markdown) {
        return HTML.render(parse(markdown));
    }

    private static final class Defuser extends AbstractVisitor {
        @Override
        public void visit(Image image) {
            visitChildren(image);
            unwrap(image, image.getDestination());
        }

        @Override
        public void visit(Link link) {
            visitChildren(link);
            String target = link.getDestination().strip().toLowerCase(Locale.ROOT);
            if (!target.startsWith("https://")
                    && !target.startsWith("http://")
                    && !target.startsWith("mailto:")) {
                unwrap(link, link.getDestination());
            }
        }

        /** Leaves what a node holds in its place, and its address in parentheses behind that. */
        private static void unwrap(Node node, String address) {
            while (node.getFirstChild() != null) {
                node.insertBefore(node.getFirstChild());
            }
            node.insertBefore(new Text(" (" + address + ")"));
            node.unlink();
        }
    }
}
