package io.step3.djl;

import ai.djl.BaseModel;
import ai.djl.MalformedModelException;
import ai.djl.util.Progress;
import ai.djl.util.passthrough.PassthroughNDManager;
import io.step3.chat.ChatModel;
import io.step3.checkpoint.CheckpointException;
import io.step3.generate.Step3;
import io.step3.model.LoadProgress;
import io.step3.remote.RemoteAddress;
import io.step3.remote.RemoteModel;
import io.step3.remote.RemoteModelException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A DJL model that holds a {@link Step3}, or one on a server; closing it frees the maps and the
 * native memory, or the connections.
 */
final class Step3DjlModel extends BaseModel {

    private LoadProgress progress = LoadProgress.NONE;
    private @Nullable RemoteAddress address;
    private @Nullable ChatModel chatModel;

    Step3DjlModel(String name, PassthroughNDManager manager) {
        super(name);
        this.manager = manager;
    }

    /**
     * Opens a checkpoint folder.
     *
     * @param modelPath a folder in the published layout
     * @param prefix not used: a folder holds one model
     * @param options see {@link Step3Options}
     * @throws MalformedModelException if it is no checkpoint that Step3 can use
     */
    @Override
    public void load(Path modelPath, String prefix, Map<String, ?> options)
            throws IOException, MalformedModelException {
        if (address != null) {
            connect(address, options);
            modelDir = modelPath;
            return;
        }
        load(modelPath, options, progress);
    }

    /** Where the model is served that {@link #load(Path, String, Map)} is to connect with. */
    void lieAt(RemoteAddress server) {
        address = server;
    }

    private void connect(RemoteAddress server, Map<String, ?> options) throws IOException {
        if (chatModel != null) {
            throw new IllegalStateException("the model is loaded already");
        }
        try {
            chatModel = RemoteModel.open(server, Step3Options.key(options));
        } catch (RemoteModelException e) {
            throw new IOException(e.getMessage(), e);
        }
        block = new Step3Block(chatModel);
        wasLoaded = true;
    }

    /** What {@link #load(Path, String, Map)} moves, or null. */
    void show(Progress shown) {
        progress = BundledLoader.moving(shown);
    }

    /** As {@link #load(Path, String, Map)}, with progress. */
    void load(Path modelPath, Map<String, ?> options, LoadProgress shown)
            throws IOException, MalformedModelException {
        if (chatModel != null) {
            throw new IllegalStateException("the model is loaded already");
        }
        try {
            chatModel = Step3.load(modelPath, Step3Options.parse(options), shown);
        } catch (CheckpointException e) {
            throw new MalformedModelException(e.getMessage(), e);
        }
        modelDir = modelPath;
        block = new Step3Block(chatModel);
        wasLoaded = true;
    }

    @Override
    public void close() {
        if (chatModel != null) {
            chatModel.close();
        }
        super.close();
    }
}
