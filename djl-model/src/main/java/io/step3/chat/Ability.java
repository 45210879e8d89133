package io.step3.chat;

/** What a {@link ChatModel} can do beyond answering text with text. */
public enum Ability {
    /** It looks at pictures; one without refuses a request that has any. */
    SEE,
    /** It thinks before it answers: its streams may begin with reasoning. */
    THINK,
    /** It is told of tools and may call them; one without never hears of a request's tools. */
    CALL_TOOLS,
    /** It goes on with a {@link BegunReply}; one without refuses a request that has one. */
    CONTINUE
}
