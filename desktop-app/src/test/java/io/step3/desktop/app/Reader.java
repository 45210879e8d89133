package io.step3.desktop.app;

import javafx.animation.AnimationTimer;
import javafx.geometry.Point2D;
import javafx.scene.Node;
import javafx.scene.input.KeyCode;
import javafx.scene.robot.Robot;

/**
 * Somebody who turns the wheel up and down over the conversation, comes back to its end, and types
 * all the while; with the events of mouse and keyboard. To be used on the FX thread.
 */
final class Reader extends AnimationTimer {

    private static final int ROUND = 240;
    private static final int UP = 90;
    private static final int DOWN = 150;
    private static final int BACK = 210;
    private static final int LINE = 60;

    private final Robot robot = new Robot();
    private final Point2D middle;
    private int frame;
    private int typed;
    private int wheels;

    Reader(Node conversation) {
        middle =
                conversation.localToScreen(
                        conversation.getLayoutBounds().getCenterX(),
                        conversation.getLayoutBounds().getCenterY());
    }

    @Override
    public void handle(long now) {
        int at = frame++ % ROUND;
        if (at == 0) {
            robot.mouseMove(middle);
        }
        if (at >= UP && at < BACK && at % 3 == 0) {
            robot.mouseWheel(at < DOWN ? -1 : 1);
            wheels++;
        }
        if (at == BACK) {
            robot.keyPress(KeyCode.CONTROL);
            robot.keyType(KeyCode.END);
            robot.keyRelease(KeyCode.CONTROL);
        }
        if (at % 6 == 1) {
            if (typed == LINE) {
                robot.keyPress(KeyCode.CONTROL);
                robot.keyType(KeyCode.A);
                robot.keyRelease(KeyCode.CONTROL);
                typed = 0;
            }
            robot.keyType(typed % 6 == 5 ? KeyCode.SPACE : KeyCode.A);
            typed++;
        }
    }

    /** What should be in the field where it types. */
    String text() {
        return "aaaaa ".repeat(LINE / 6).substring(0, typed);
    }

    /** How often it turned the wheel. */
    int wheels() {
        return wheels;
    }
}
