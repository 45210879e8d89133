package io.step3.desktop.store;

import java.io.IOException;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A conversation as it was at one moment, to be written to a file.
 *
 * @param branch the messages that are shown
 * @param all the messages of all branches, parents before children
 * @param pictures what is known of each picture, by SHA-256
 */
record Transcript(
        Conversation conversation,
        List<Message> branch,
        List<Message> all,
        Map<String, Attachment> pictures,
        DataFolder folder,
        ExportLabels labels) {

    static Transcript load(
            Transaction transaction, DataFolder folder, long conversationId, ExportLabels labels)
            throws SQLException, IOException {
        Conversation conversation = Conversations.load(transaction, conversationId);
        List<Message> all = Messages.loadAll(transaction, conversationId);
        Map<Long, Message> byId = new HashMap<>();
        all.forEach(message -> byId.put(message.id(), message));
        List<Message> branch =
                conversation.currentLeaf().isEmpty()
                        ? List.of()
                        : Messages.loadTree(transaction, conversationId)
                                .pathTo(conversation.currentLeaf().getAsLong())
                                .stream()
                                .map(byId::get)
                                .toList();
        Map<String, Attachment> pictures = new HashMap<>();
        for (Message message : all) {
            for (Part part : message.parts()) {
                if (part instanceof Part.Image(String sha256, String _)) {
                    pictures.put(sha256, Attachments.load(transaction, sha256));
                }
            }
        }
        return new Transcript(conversation, branch, all, pictures, folder, labels);
    }

    byte[] bytes(Part.Image image) throws IOException {
        return Attachments.read(folder, image.sha256());
    }
}
