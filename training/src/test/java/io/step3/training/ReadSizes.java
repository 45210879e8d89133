package io.step3.training;

import io.step3.checkpoint.Step3Config;
import io.step3.checkpoint.TextConfig;
import io.step3.checkpoint.VisionConfig;
import java.nio.file.Path;

/** The sizes of a checkpoint that is there, as the engine reads them. */
final class ReadSizes {

    private ReadSizes() {}

    static NetworkSizes of(Path configJson) {
        Step3Config config = Step3Config.read(configJson);
        TextConfig text = config.text();
        VisionConfig vision = config.vision().orElseThrow();
        return new NetworkSizes(
                text.vocabSize(),
                text.hiddenSize(),
                text.numHiddenLayers(),
                text.moeLayers(),
                text.numAttentionHeads(),
                text.headDim(),
                text.shareQDim(),
                text.intermediateSize(),
                text.moeNumExperts(),
                text.moeTopK(),
                text.moeIntermediateSize(),
                text.shareExpertDim(),
                text.normExpertWeight(),
                text.ropeTheta(),
                text.rmsNormEps(),
                text.maxPositions(),
                config.understandProjectorStride(),
                config.imageTokenId(),
                new NetworkSizes.Vision(
                        vision.imageSize(),
                        vision.patchSize(),
                        vision.hiddenSize(),
                        vision.numHiddenLayers(),
                        vision.numAttentionHeads(),
                        vision.intermediateSize(),
                        vision.outputHiddenSize(),
                        vision.layerNormEps()));
    }
}
