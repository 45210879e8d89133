package io.step3.djl.torch;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes TorchScript modules without parameters, as {@code torch.jit.save} would: an archive of the
 * module's own code, and of two pickles, one of the module and one of no constants.
 */
final class TorchScriptFile {
    private TorchScriptFile() {}

    /**
     * Writes a module.
     *
     * @param name of the module and, with {@code .pt}, of its file
     * @param parameters of {@code forward} behind {@code self}, with their types
     * @param body statements, the last of which returns a tensor
     * @return the file
     */
    static Path write(Path folder, String name, String parameters, String... body)
            throws IOException {
        String code =
                """
                class %1$s(Module):
                  __parameters__ = []
                  __buffers__ = []
                  training : bool
                  def forward(self: __torch__.%1$s,
                    %2$s) -> Tensor:
                    %3$s
                """
                        .formatted(name, parameters, String.join("\n    ", body));
        String training = "X\u0008\u0000\u0000\u0000training\u0089";
        String module = "\u0080\u0002c__torch__\n" + name + "\n)\u0081}(" + training + "ub.";
        Path file = folder.resolve(name + ".pt");
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            store(zip, name + "/data.pkl", module);
            store(zip, name + "/code/__torch__.py", code);
            store(zip, name + "/constants.pkl", "\u0080\u0002).");
            store(zip, name + "/version", "3\n");
        }
        return file;
    }

    private static void store(ZipOutputStream zip, String name, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        CRC32 crc = new CRC32();
        crc.update(bytes);
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(bytes);
        zip.closeEntry();
    }
}
