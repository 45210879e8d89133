package io.step3.tests.foreign;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Polygon;
import java.awt.RadialGradientPaint;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Draws items in a style, and encodes the drawing. */
final class Painter {

    private Painter() {}

    static byte[] paint(Style style, List<Item> items) throws IOException {
        int type =
                switch (style) {
                    case TRANSPARENT -> BufferedImage.TYPE_INT_ARGB;
                    case PALETTE -> BufferedImage.TYPE_BYTE_INDEXED;
                    default -> BufferedImage.TYPE_3BYTE_BGR;
                };
        var image = new BufferedImage(style.width, style.height, type);
        Graphics2D pen = image.createGraphics();
        boolean smooth = style != Style.JAGGED && style != Style.PALETTE;
        pen.setRenderingHint(
                RenderingHints.KEY_ANTIALIASING,
                smooth ? RenderingHints.VALUE_ANTIALIAS_ON : RenderingHints.VALUE_ANTIALIAS_OFF);
        background(style, pen);
        for (Item item : items) {
            item(style, pen, item);
        }
        pen.dispose();
        return encode(style, image);
    }

    private static void background(Style style, Graphics2D pen) {
        pen.setColor(
                switch (style) {
                    case TRANSPARENT -> new Color(0, true);
                    case DEEP -> new Color(0xe0e0e0);
                    case PAPER -> new Color(0xfdfdf6);
                    case NIGHT -> new Color(0x14161c);
                    default -> Color.WHITE;
                });
        pen.fillRect(0, 0, style.width, style.height);
        if (style == Style.PAPER) {
            pen.setColor(new Color(0xd8e2ee));
            for (int at = 32; at < style.width; at += 32) {
                pen.drawLine(at, 0, at, style.height);
                pen.drawLine(0, at, style.width, at);
            }
        }
    }

    private static void item(Style style, Graphics2D pen, Item item) {
        Shape shape = outline(item);
        Color shade = style.shade(item.colour());
        if (style == Style.SHADED) {
            for (int blur = 4; blur > 0; blur--) {
                pen.setColor(new Color(0, 0, 0, 22));
                pen.translate(blur, blur + 1);
                pen.fill(shape);
                pen.translate(-blur, -blur - 1);
            }
            float reach = item.size() * 0.8f;
            pen.setPaint(
                    new RadialGradientPaint(
                            item.x() - item.size() / 6f,
                            item.y() - item.size() / 6f,
                            reach,
                            new float[] {0, 1},
                            new Color[] {lighter(shade), shade}));
        } else {
            pen.setColor(shade);
        }
        pen.fill(shape);
        if (style == Style.OUTLINED || style == Style.NIGHT) {
            pen.setColor(style == Style.NIGHT ? Color.WHITE : Color.BLACK);
            pen.setStroke(new BasicStroke(style == Style.NIGHT ? 2 : 3));
            pen.draw(shape);
        }
    }

    private static Color lighter(Color shade) {
        return new Color(
                (shade.getRed() * 2 + 255) / 3,
                (shade.getGreen() * 2 + 255) / 3,
                (shade.getBlue() * 2 + 255) / 3);
    }

    private static Shape outline(Item item) {
        int half = item.size() / 2;
        int left = item.x() - half;
        int top = item.y() - half;
        return switch (item.shape()) {
            case "circle" -> new Ellipse2D.Float(left, top, item.size(), item.size());
            case "square" ->
                    new Polygon(
                            new int[] {left, left + item.size(), left + item.size(), left},
                            new int[] {top, top, top + item.size(), top + item.size()},
                            4);
            case "triangle" ->
                    new Polygon(
                            new int[] {item.x(), left + item.size(), left},
                            new int[] {top, top + item.size(), top + item.size()},
                            3);
            default -> star(item, half);
        };
    }

    /** Ten corners, every second one at two fifths of the radius. */
    private static Polygon star(Item item, int half) {
        var star = new Polygon();
        for (int corner = 0; corner < 10; corner++) {
            double reach = half * (corner % 2 == 0 ? 1.1 : 0.44);
            double turn = Math.toRadians(36 * corner);
            star.addPoint(
                    item.x() + (int) Math.round(reach * Math.sin(turn)),
                    item.y() - (int) Math.round(reach * Math.cos(turn)));
        }
        return star;
    }

    private static byte[] encode(Style style, BufferedImage image) throws IOException {
        var bytes = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName(style.format).next();
        try (ImageOutputStream stream = ImageIO.createImageOutputStream(bytes)) {
            ImageWriteParam options = writer.getDefaultWriteParam();
            if (style.format.equals("jpg")) {
                options.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
                options.setCompressionQuality(0.6f);
            }
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image, null, null), options);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
