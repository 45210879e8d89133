package io.step3.desktop.render;

import io.step3.desktop.markdown.Inline;
import javafx.scene.AccessibleRole;
import javafx.scene.layout.Region;
import javafx.scene.shape.Path;
import javafx.scene.text.Text;

/** A drawn formula; its size follows the font, its colour the text. */
final class FormulaNode extends Region {

    private final Formula formula;
    private final Path path = new Path();

    /** Tells the size of the font here: a region has no font of its own. */
    private final Text probe = new Text();

    private double drawn = -1;

    FormulaNode(Formula formula, Inline.Math math, RenderTexts texts) {
        this(formula, math.source(), texts);
        if (math.style().strong()) {
            getStyleClass().add("md-strong");
        }
    }

    FormulaNode(Formula formula, String source, RenderTexts texts) {
        this.formula = formula;
        getStyleClass().add("md-formula");
        path.getStyleClass().add("md-formula-outline");
        path.setManaged(false);
        probe.setManaged(false);
        probe.setVisible(false);
        probe.fontProperty().subscribe(_ -> requestLayout());
        getChildren().addAll(path, probe);
        setAccessibleRole(AccessibleRole.IMAGE_VIEW);
        setAccessibleText(texts.with(texts.formulaName(), source));
    }

    private double size() {
        double size = probe.getFont().getSize();
        if (size != drawn) {
            drawn = size;
            path.getElements().setAll(formula.elements(size));
        }
        return size;
    }

    @Override
    protected double computePrefWidth(double height) {
        return Math.ceil(formula.width() * size());
    }

    @Override
    protected double computePrefHeight(double width) {
        return Math.ceil((formula.ascent() + formula.descent()) * size());
    }

    @Override
    protected double computeMinWidth(double height) {
        return computePrefWidth(height);
    }

    @Override
    protected double computeMaxWidth(double height) {
        return computePrefWidth(height);
    }

    @Override
    public double getBaselineOffset() {
        return formula.ascent() * size();
    }

    @Override
    protected void layoutChildren() {
        size();
    }
}
