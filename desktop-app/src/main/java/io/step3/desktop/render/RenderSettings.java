package io.step3.desktop.render;

/** What all documents of a window share. To be used on the FX thread. */
public final class RenderSettings {

    private final LinkOpener links;
    private final Formulas formulas;
    private final RenderTexts texts;
    private final Highlighters highlighters = new Highlighters();
    private final Emoji emoji = new Emoji();

    public RenderSettings(LinkOpener links, Formulas formulas, RenderTexts texts) {
        this.links = links;
        this.formulas = formulas;
        this.texts = texts;
    }

    LinkOpener links() {
        return links;
    }

    Formulas formulas() {
        return formulas;
    }

    RenderTexts texts() {
        return texts;
    }

    Emoji emoji() {
        return emoji;
    }

    Highlighters highlighters() {
        return highlighters;
    }
}
