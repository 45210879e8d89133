package io.step3.training;

/** Sums what some steps saw. */
final class LossSum {

    private int steps;
    private float loss;
    private float look;
    private float balance;
    private float norm;

    void add(Learner.Report report) {
        steps++;
        loss += report.loss();
        look += report.look();
        balance += report.balance();
        norm += report.norm();
    }

    /** The mean of the steps since the last one that was taken. */
    Learner.Report takeMean() {
        var mean = new Learner.Report(loss / steps, look / steps, balance / steps, norm / steps);
        steps = 0;
        loss = 0;
        look = 0;
        balance = 0;
        norm = 0;
        return mean;
    }
}
