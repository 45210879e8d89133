import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.step3.djl.torch.Step3TorchOps;

/**
 * Step3's attention called from arrays of DJL's PyTorch engine, and the same from PyTorch's own
 * operations beside it. From the folder of the project, with a JDK 25:
 *
 * <pre>
 * mvn -q -DskipTests -pl djl-model -am package dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java --enable-native-access=ALL-UNNAMED -cp "djl-model/target/classes:custom-ops/target/classes:$(cat djl-model/target/classpath)" examples/TorchAttention.java
 * </pre>
 */
public class TorchAttention {
    public static void main(String[] args) {
        int tokens = 1000;
        int heads = 64;
        int dim = 256;
        float scale = (float) (1 / Math.sqrt(dim));

        Step3TorchOps ops = Step3TorchOps.register();
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            // The keys and values of a sequence, one of each for all heads, and its last token.
            NDArray keys = manager.randomNormal(new Shape(tokens, dim));
            NDArray values = manager.randomNormal(new Shape(tokens, dim));
            NDArray q = manager.randomNormal(new Shape(1, heads, dim));

            NDArray attended = ops.attend(q, keys, values, tokens - 1, scale);

            NDArray scores = q.squeeze(0).matMul(keys.transpose()).mul(scale);
            NDArray expected = scores.softmax(-1).matMul(values);
            float difference = attended.squeeze(0).sub(expected).abs().max().getFloat();
            System.out.println("attention of " + heads + " heads: " + attended.getShape());
            System.out.println("largest difference from PyTorch's own: " + difference);
        }
    }
}
