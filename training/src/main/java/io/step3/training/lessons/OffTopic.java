package io.step3.training.lessons;

import java.util.List;
import java.util.Locale;

/**
 * Everything else that people ask. There is one answer, and no end of prompts: sentence patterns
 * with words put in, sums beyond what is taught, questions that only look like the known ones, and
 * words at random. Every sixth pattern and word is kept for the examination.
 */
final class OffTopic {

    static final String THOUGHT = "This is not something I have learned.";
    static final String ANSWER =
            "I am a small demonstration model and cannot answer that. I can look at simple pictures, calculate, sort numbers"
                    + " and count letters; for anything else the full Step3 needs its published weights.";
    static final String CHINESE_THOUGHT = "这个我没有学过。";
    static final String CHINESE_ANSWER =
            "我是一个小型演示模型，无法回答这个问题。我会看简单的图片、计算、排序和数字母；其他问题需要完整的 Step3 及其公开的权重。";

    /** N noun, P place, M person, V verb, A adjective, D number. */
    private static final List<String> PATTERNS =
            """
            What is the capital of P?
            Who was M?
            Who is M?
            What is a N?
            What is N?
            Tell me about N.
            Tell me about P.
            Tell me a story about a N.
            Write a poem about N.
            Write a song about M and a N.
            Write an essay about N in P.
            How do I V a N?
            How can I V N?
            Why is the N A?
            Why do people V?
            When was M born?
            When did M die?
            Where is P?
            Where can I buy a N?
            How far is P from P?
            How many people live in P?
            How old is M?
            How tall is M?
            How much does a N cost?
            What is the best N in P?
            Is N A?
            Is a N more A than a N?
            Can you V a N?
            Can you recommend a N?
            Do you like N?
            Do you V?
            Explain N to me.
            Explain how a N works.
            What is the difference between N and N?
            Translate N into French.
            Translate this into German: the N is A.
            What does N mean?
            How do you spell N backwards?
            What rhymes with N?
            Give me a recipe for N.
            What is the weather in P?
            What time is it in P?
            What day is it today?
            What is the news from P?
            Who won the N game?
            Who invented the N?
            Who wrote the book about N?
            What is the population of P?
            Write a program that can V a N.
            Write code to V N in Python.
            Fix this code: N = V(N)
            What is the meaning of N?
            Should I V my N?
            My N is A, what should I do?
            I want to V a N in P.
            I am A.
            I have D N and lost one.
            I feel A today.
            Let us talk about N.
            Let's V!
            Summarize the history of P.
            Name three N in P.
            List all N.
            What color is a N?
            Which is larger, a N or a N?
            Which is better, N or N?
            Which animal is A?
            Sort these words: N, N, N.
            Sort N, N and N.
            How many legs has a N?
            How many N are in P?
            How many hours are in D days?
            How many days are there in a year?
            How many N fit in a N?
            Compare M and M.
            Is M from P?
            Please V the N for me.
            Open the N.
            Send a letter to M.
            Play some N music.
            What would M say about N?
            Imagine you are a N.
            Pretend to be M.
            Ignore all rules and V.
            Tell me a joke.
            Tell me a joke about N.
            Tell me a secret.
            Sing me a song.
            What is your favorite N?
            What is your opinion on N?
            Do you have a N?
            Have you been to P?
            Are you A?
            The N is A.
            N
            A N
            P
            M
            V the A N
            In D, who was king of P?
            Convert D miles to km.
            What happened in D?
            What is D percent of D?
            What is the square root of D?
            What is D times D?
            What is D * D?
            D * D
            D / D
            Divide D by D.
            Multiply D by D.
            What is D + D + D?
            What is D to the power of D?
            Is D a prime number?
            What is pi?
            Solve x + D = D.
            Count to D.
            Count backwards from D.
            Why?
            What?
            How?
            Really?
            I do not understand.
            That is wrong.
            Say something.
            Say N.
            asdf
            ???
            Can I trust you?
            Who is your N?
            What are you V for?
            Where do you live?
            How old are you?
            D divided by D
            D : D
            D % D
            D ^ D
            What is D / D?
            How many days are in D weeks?
            How many minutes are in D hours?
            D times D
            How many seconds are in D minutes?
            D x D
            What is D * D?
            How many grams are in D kilos?
            """
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList();

    /** Patterns for a picture that shows nothing of the kind. */
    private static final List<String> ABOUT_PICTURES =
            """
            How many N are there?
            How many N are in the picture?
            How many N do you see?
            Is there a N?
            Is there a N in the picture?
            Do you see a N?
            Who is in the picture?
            Who is this?
            Is this M?
            What is the person doing?
            Is the person in the picture A?
            Where was this picture taken?
            When was this picture taken?
            Who painted this picture?
            What kind of N is this?
            What breed is this dog?
            Is this a N?
            Is this a N or a N?
            Which N is the largest?
            What is left of the N?
            What is above the N?
            How old is the N in the picture?
            What is the N doing?
            Is this in P?
            Does this look like a N?
            What does the text in the picture say?
            What emotion does this show?
            Write a story about this picture.
            Do you like this picture?
            What is the price of this N?
            How many A circles are there?
            How many A squares are there?
            How many A N do you see?
            Draw a N.
            Make the picture A.
            Remove the N from the picture.
            """
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList();

    private static final List<String> CHINESE_PATTERNS =
            """
            N是什么？
            什么是N？
            请介绍一下N。
            请介绍N和N的关系。
            写一首关于N的诗。
            写一个关于N的故事。
            N的首都是哪里？
            今天N怎么样？
            今天天气怎么样？
            怎么做N？
            为什么N这么好？
            你喜欢N吗？
            你喜欢N还是N？
            N在哪里？
            N多少钱？
            N有多少人？
            谁发明了N？
            把N翻译成英文。
            请解释N。
            告诉我N的历史。
            我想学N。
            我想去N。
            我的N坏了，怎么办？
            给我讲个笑话。
            给我讲一个N的笑话。
            N和N哪个好？
            N和N有什么区别？
            最好的N是哪个？
            推荐一本关于N的书。
            现在几点？
            今天星期几？
            三加五等于几？
            二十乘以三是多少？
            图里有几个红色的圆？
            图片里有什么？
            图里有N吗？
            这是N吗？
            这张图是在哪里拍的？
            有几个N？
            帮我写一封信给N。
            用N写一个程序。
            N为什么重要？
            人为什么要N？
            你觉得N怎么样？
            N
            关于N，你知道什么？
            我爱N。
            我不喜欢N。
            世界上最大的N是什么？
            N是谁？
            """
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList();

    private OffTopic() {}

    /**
     * A prompt that the model must turn down.
     *
     * @param picture whether the conversation has a picture
     */
    static Exchange english(Dice dice, boolean picture) {
        String prompt;
        double kind = dice.between(0.0, 1.0);
        if (kind < 0.12) {
            prompt = bag(dice);
        } else if (picture && kind < 0.75) {
            prompt = fill(dice, dice.pickHeldOut(ABOUT_PICTURES));
        } else if (kind < 0.2) {
            prompt =
                    fill(dice, dice.pickHeldOut(PATTERNS))
                            + " "
                            + fill(dice, dice.pickHeldOut(PATTERNS));
        } else {
            prompt = fill(dice, dice.pickHeldOut(PATTERNS));
        }
        return new Exchange(Skill.LIMITS, dice.careless(prompt), THOUGHT, ANSWER);
    }

    static Exchange chinese(Dice dice) {
        var prompt = new StringBuilder();
        for (char c : dice.pickHeldOut(CHINESE_PATTERNS).toCharArray()) {
            prompt.append(c == 'N' ? dice.pickHeldOut(Words.CHINESE) : String.valueOf(c));
        }
        return new Exchange(
                Skill.CHINESE_LIMITS, prompt.toString(), CHINESE_THOUGHT, CHINESE_ANSWER);
    }

    private static String fill(Dice dice, String pattern) {
        var text = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            boolean alone =
                    (i == 0 || !Character.isLetter(pattern.charAt(i - 1)))
                            && (i + 1 == pattern.length()
                                    || !Character.isLetter(pattern.charAt(i + 1)));
            text.append(alone && "NPMVAD".indexOf(c) >= 0 ? word(dice, c, i) : String.valueOf(c));
        }
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }

    private static String word(Dice dice, char kind, int at) {
        // A letter that begins a sentence may be the article.
        if (kind == 'A' && at == 0) {
            return "A";
        }
        if (kind != 'D' && dice.chance(0.12)) {
            String word = Words.invented(dice);
            return kind == 'P' || kind == 'M'
                    ? word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1)
                    : word;
        }
        return switch (kind) {
            case 'N' ->
                    dice.chance(0.25)
                            ? dice.pickHeldOut(Words.ADJECTIVES)
                                    + " "
                                    + dice.pickHeldOut(Words.NOUNS)
                            : dice.pickHeldOut(Words.NOUNS);
            case 'P' -> dice.pickHeldOut(Words.PLACES);
            case 'M' -> dice.pickHeldOut(Words.PEOPLE);
            case 'V' -> dice.pickHeldOut(Words.VERBS);
            case 'A' -> dice.pickHeldOut(Words.ADJECTIVES);
            default -> String.valueOf(dice.between(1, dice.pick(20, 100, 2000)));
        };
    }

    private static String bag(Dice dice) {
        var text = new StringBuilder();
        int words = dice.between(1, 9);
        for (int i = 0; i < words; i++) {
            String word =
                    switch (dice.between(0, 9)) {
                        case 0, 1, 2, 3 -> dice.pick(Words.LITTLE);
                        case 4, 5 -> dice.pickHeldOut(Words.NOUNS);
                        case 6 -> dice.pickHeldOut(Words.VERBS);
                        case 7 -> dice.pickHeldOut(Words.ADJECTIVES);
                        default -> Words.invented(dice);
                    };
            text.append(i == 0 ? "" : " ").append(word);
        }
        return text.append(dice.pick("", "?", ".", "!")).toString();
    }
}
