package io.step3.desktop.render;

import io.step3.desktop.markdown.Block;
import java.util.ArrayList;
import java.util.List;
import javafx.geometry.BoundingBox;
import javafx.geometry.Bounds;
import javafx.geometry.Orientation;
import javafx.geometry.Point2D;
import javafx.scene.AccessibleRole;
import javafx.scene.layout.Region;
import javafx.scene.text.TextAlignment;

/** A table, or a part of one; the parts agree on the widths of the columns. */
final class TableContent extends BlockContent {

    /** How wide the columns of all parts want to be. */
    static final class Columns {
        private double[] natural = {};
        private final List<TableContent> parts = new ArrayList<>();

        private boolean widen(double[] widths) {
            boolean wider = natural.length != widths.length;
            if (wider) {
                natural = widths.clone();
            }
            for (int i = 0; i < widths.length; i++) {
                if (widths[i] > natural[i]) {
                    natural[i] = widths[i];
                    wider = true;
                }
            }
            return wider;
        }
    }

    private final RenderSettings settings;
    private final Columns columns;
    private final int part;
    private final Grid grid = new Grid();
    private final SidePane side;
    private Block.Table table;

    TableContent(Block.Table table, Columns columns, SideScroll scroll, RenderSettings settings) {
        this.settings = settings;
        this.columns = columns;
        this.part = table.part();
        side = new SidePane(grid, scroll, false);
        getStyleClass().add("md-table");
        getChildren().add(side);
        setAccessibleRole(AccessibleRole.TEXT);
        sceneProperty()
                .subscribe(
                        scene -> {
                            columns.parts.remove(this);
                            if (scene != null) {
                                columns.parts.add(this);
                            }
                        });
        update(table);
    }

    /** Whether another part follows. */
    void setLast(boolean last) {
        side.setLast(last);
    }

    @Override
    boolean update(Block block) {
        if (!(block instanceof Block.Table next)
                || next.part() != part
                || table != null && next.columns().size() != table.columns().size()) {
            return false;
        }
        table = next;
        grid.show();
        setAccessibleRoleDescription(
                settings.texts()
                        .with(
                                settings.texts().tableName(),
                                table.rows().size(),
                                table.columns().size()));
        setAccessibleText(table.text());
        requestLayout();
        return true;
    }

    /** The cells. */
    private final class Grid extends Region {
        private final List<List<WordsPane>> cells = new ArrayList<>();
        private double available;
        private double[] widths = {};

        Grid() {
            getStyleClass().add(part == 0 ? "md-grid" : "md-grid-part");
        }

        void show() {
            while (cells.size() > table.rows().size()) {
                getChildren().removeAll(cells.removeLast());
            }
            for (int r = 0; r < table.rows().size(); r++) {
                if (r == cells.size()) {
                    addRow(r);
                }
                List<Block.Cell> row = table.rows().get(r);
                for (int c = 0; c < row.size(); c++) {
                    cells.get(r).get(c).show(row.get(c).inlines());
                }
            }
            requestLayout();
        }

        private void addRow(int r) {
            var row = new ArrayList<WordsPane>();
            for (Block.Alignment alignment : table.columns()) {
                var cell = new WordsPane(settings);
                cell.getStyleClass().add("md-cell");
                if (part == 0 && r == 0) {
                    cell.getStyleClass().add("md-head-cell");
                } else if ((part + r) % 2 == 0) {
                    cell.getStyleClass().add("md-even-cell");
                }
                cell.align(
                        switch (alignment) {
                            case START -> TextAlignment.LEFT;
                            case CENTER -> TextAlignment.CENTER;
                            case END -> TextAlignment.RIGHT;
                        });
                row.add(cell);
            }
            cells.add(row);
            getChildren().addAll(row);
        }

        private void measure() {
            double[] natural = new double[table.columns().size()];
            for (List<WordsPane> row : cells) {
                for (int c = 0; c < natural.length; c++) {
                    natural[c] = Math.max(natural[c], row.get(c).prefWidth(-1));
                }
            }
            if (columns.widen(natural)) {
                columns.parts.stream()
                        .filter(other -> other != TableContent.this)
                        .forEach(other -> other.grid.requestLayout());
            }
            double room = available - snappedLeftInset() - snappedRightInset();
            widths = fit(columns.natural, available > 0 ? room : 0);
        }

        @Override
        protected double computePrefWidth(double height) {
            measure();
            double all = 0;
            for (double width : widths) {
                all += width;
            }
            return snappedLeftInset() + all + snappedRightInset();
        }

        private double rowHeight(List<WordsPane> row) {
            double height = 0;
            for (int c = 0; c < row.size(); c++) {
                height = Math.max(height, row.get(c).prefHeight(widths[c]));
            }
            return Math.ceil(height);
        }

        @Override
        protected double computePrefHeight(double width) {
            measure();
            double height = 0;
            for (List<WordsPane> row : cells) {
                height += rowHeight(row);
            }
            return snappedTopInset() + height + snappedBottomInset();
        }

        @Override
        protected void layoutChildren() {
            measure();
            double y = snappedTopInset();
            for (List<WordsPane> row : cells) {
                double height = rowHeight(row);
                double x = snappedLeftInset();
                for (int c = 0; c < row.size(); c++) {
                    row.get(c).resizeRelocate(x, y, widths[c], height);
                    x += widths[c];
                }
                y += height;
            }
        }
    }

    /**
     * Column widths for the room there is: narrow columns keep what they want, wide ones share the
     * rest, but none gets so narrow that it cannot be read; then the table is wider than the room.
     */
    static double[] fit(double[] natural, double available) {
        double[] widths = natural.clone();
        double all = 0;
        for (double width : widths) {
            all += width;
        }
        if (available <= 0 || all <= available) {
            return widths;
        }
        double least = Math.min(120, available / 2);
        boolean[] kept = new boolean[widths.length];
        double room = available;
        int open = widths.length;
        for (boolean changed = true; changed && open > 0; ) {
            changed = false;
            double share = room / open;
            for (int c = 0; c < widths.length; c++) {
                if (!kept[c] && natural[c] <= Math.max(share, least)) {
                    kept[c] = true;
                    room -= natural[c];
                    open--;
                    changed = true;
                }
            }
        }
        double rest = 0;
        for (int c = 0; c < widths.length; c++) {
            rest += kept[c] ? 0 : natural[c];
        }
        for (int c = 0; c < widths.length; c++) {
            if (!kept[c]) {
                widths[c] = Math.floor(Math.max(least, room * natural[c] / rest));
            }
        }
        return widths;
    }

    private Point2D inGrid(Point2D point) {
        return new Point2D(
                point.getX() - side.getLayoutX() + side.scrolled(),
                point.getY() - side.getLayoutY());
    }

    @Override
    int offsetAt(Point2D point) {
        Point2D in = inGrid(point);
        int offset = 0;
        for (int r = 0; r < grid.cells.size(); r++) {
            List<WordsPane> row = grid.cells.get(r);
            boolean lastRow = r == grid.cells.size() - 1;
            double bottom = row.getFirst().getLayoutY() + row.getFirst().getHeight();
            for (int c = 0; c < row.size(); c++) {
                WordsPane cell = row.get(c);
                boolean lastCell = c == row.size() - 1;
                if ((in.getY() < bottom || lastRow)
                        && (in.getX() < cell.getLayoutX() + cell.getWidth() || lastCell)) {
                    return offset
                            + cell.offsetAt(
                                    new Point2D(
                                            in.getX() - cell.getLayoutX(),
                                            in.getY() - cell.getLayoutY()));
                }
                offset += cell.length() + 1;
            }
        }
        return Math.max(0, offset - 1);
    }

    @Override
    Bounds caretAt(int offset) {
        int at = 0;
        for (List<WordsPane> row : grid.cells) {
            for (WordsPane cell : row) {
                if (offset <= at + cell.length()) {
                    Bounds caret = cell.caretAt(offset - at);
                    return new BoundingBox(
                            caret.getMinX()
                                    + cell.getLayoutX()
                                    + side.getLayoutX()
                                    - side.scrolled(),
                            caret.getMinY() + cell.getLayoutY() + side.getLayoutY(),
                            1,
                            caret.getHeight());
                }
                at += cell.length() + 1;
            }
        }
        return new BoundingBox(getWidth() - 1, 0, 1, getHeight());
    }

    @Override
    void select(int from, int to) {
        int at = 0;
        for (List<WordsPane> row : grid.cells) {
            for (WordsPane cell : row) {
                int length = cell.length();
                int start = Math.clamp(from - at, 0, length);
                int end = Math.clamp(to - at, 0, length);
                cell.select(start, end);
                at += length + 1;
            }
        }
    }

    @Override
    public Orientation getContentBias() {
        return Orientation.HORIZONTAL;
    }

    @Override
    protected double computePrefWidth(double height) {
        grid.available = 0;
        return side.prefWidth(-1);
    }

    @Override
    protected double computePrefHeight(double width) {
        grid.available = width;
        return side.prefHeight(width);
    }

    @Override
    protected void layoutChildren() {
        grid.available = getWidth();
        side.resizeRelocate(0, 0, getWidth(), getHeight());
    }
}
