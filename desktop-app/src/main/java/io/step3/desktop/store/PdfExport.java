package io.step3.desktop.store;

final class PdfExport {
    static int write(Transcript transcript, java.io.OutputStream out) {
        return 0;
    }
}
