package io.step3.model;

/** Chooses for every token the experts that it visits. */
interface Router {

    /** How many experts there are to choose from. */
    int experts();

    /** How many of them a token visits. */
    int topK();

    /**
     * Leaves the choice in {@code work.routerIds} and {@code work.routerWeights}, best first, and
     * what it was made from in {@code work.routerProbabilities}.
     *
     * @param x {@code [tokens, hidden]}, with the residual stream
     */
    void route(Pass pass, Rows x);
}
