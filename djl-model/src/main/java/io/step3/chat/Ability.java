package io.step3.chat;

/** What a {@link ChatModel} can do beyond answering text with text. */
public enum Ability {
    /** It takes pictures; one without refuses a request that has any. */
    SEE,
    /** It reasons before it answers: its streams may begin with reasoning. */
    THINK,
    /** It may call a request's tools; one without ignores them. */
    CALL_TOOLS,
    /** It continues a {@link BegunReply}; one without refuses a request that has one. */
    CONTINUE
}
