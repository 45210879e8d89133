package io.step3.desktop.store;

/** What a conversation can be written as. */
public enum ExportFormat {
    /** The shown branch as Markdown, its pictures within it as data URLs. */
    MARKDOWN("md"),
    /** All branches and pictures; the one format that {@link Archive#importJson} reads. */
    JSON("json"),
    /** The shown branch as one web page that loads nothing. */
    HTML("html");

    private final String extension;

    ExportFormat(String extension) {
        this.extension = extension;
    }

    /** How file names of this format end, without the dot. */
    public String extension() {
        return extension;
    }
}
