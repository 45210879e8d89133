package io.step3.desktop.model;

/** When the panel with the model's thoughts is open by itself. */
public enum ReasoningDisplay {
    /** While it streams; then it folds. */
    WHILE_STREAMING,
    ALWAYS_OPEN,
    ALWAYS_FOLDED
}
