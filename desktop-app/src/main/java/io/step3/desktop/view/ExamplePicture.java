package io.step3.desktop.view;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;

/** Simple pictures of plain shapes, which the smallest model can tell apart. */
enum ExamplePicture {
    CIRCLES("circles.png"),
    SQUARE_LEFT("left-right.png"),
    TRIANGLE("triangle.png");

    private static final int SIDE = 448;
    private static final Color RED = new Color(0xd6, 0x27, 0x28);
    private static final Color BLUE = new Color(0x1f, 0x5f, 0xc4);
    private static final Color GREEN = new Color(0x2c, 0xa0, 0x2c);

    private final String fileName;

    ExamplePicture(String fileName) {
        this.fileName = fileName;
    }

    String fileName() {
        return fileName;
    }

    /** The picture as a PNG file. */
    byte[] png() {
        return PngBytes.of(draw());
    }

    private BufferedImage draw() {
        var image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, SIDE, SIDE);
        g.setStroke(new BasicStroke(3));
        switch (this) {
            case CIRCLES -> {
                circle(g, RED, 110, 120, 60);
                circle(g, RED, 300, 100, 60);
                circle(g, RED, 210, 320, 60);
                square(g, BLUE, 330, 290, 100);
            }
            case SQUARE_LEFT -> {
                square(g, GREEN, 50, 165, 120);
                circle(g, BLUE, 325, 224, 66);
            }
            case TRIANGLE -> {
                var triangle = new Path2D.Double();
                triangle.moveTo(224, 100);
                triangle.lineTo(344, 320);
                triangle.lineTo(104, 320);
                triangle.closePath();
                g.setColor(RED);
                g.fill(triangle);
            }
        }
        g.dispose();
        return image;
    }

    private static void circle(Graphics2D g, Color color, double x, double y, double radius) {
        g.setColor(color);
        g.fill(new Ellipse2D.Double(x - radius, y - radius, 2 * radius, 2 * radius));
    }

    private static void square(Graphics2D g, Color color, double x, double y, double side) {
        g.setColor(color);
        g.fill(new Rectangle2D.Double(x, y, side, side));
    }
}
