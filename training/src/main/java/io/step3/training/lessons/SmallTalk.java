package io.step3.training.lessons;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Greetings, thanks, and questions about the model itself. */
final class SmallTalk {

    private SmallTalk() {}

    /**
     * What may be said, and the answer.
     *
     * @param ways to say it in lessons
     * @param kept ways that only examinations use
     */
    private record Topic(String thought, String answer, List<String> ways, List<String> kept) {}

    private static final List<Topic> ENGLISH =
            List.of(
                    new Topic(
                            "A greeting.",
                            "Hello! Show me a simple picture or ask me a small sum.",
                            List.of(
                                    "Hello",
                                    "Hello!",
                                    "Hi",
                                    "Hi!",
                                    "Hi there",
                                    "Hey",
                                    "Hey!",
                                    "Hello there!",
                                    "Good morning",
                                    "Good morning!",
                                    "Good evening",
                                    "Good afternoon!",
                                    "Good day",
                                    "Greetings!",
                                    "Hello, model!",
                                    "Hi Step3",
                                    "Hello Step3!",
                                    "Hey there!",
                                    "Hello my friend!",
                                    "Hi again!",
                                    "Hello everyone!",
                                    "Hi, nice to meet you!",
                                    "Good to see you!"),
                            List.of(
                                    "Hello, little model!",
                                    "Hi, model!",
                                    "Good morning, Step3!",
                                    "Hi there, Step3",
                                    "Hello again!",
                                    "Hey model!")),
                    new Topic(
                            "Asked how I am.",
                            "I am fine, thank you. What shall we look at?",
                            List.of(
                                    "How are you?",
                                    "Hello, how are you?",
                                    "Hi, how are you?",
                                    "How are you doing?",
                                    "How do you do?",
                                    "How is it going?",
                                    "How are you today?",
                                    "What's up?",
                                    "Are you well?"),
                            List.of(
                                    "How are you, Step3?",
                                    "Hey, how are you?",
                                    "How are you doing today?",
                                    "Hi, how is it going?")),
                    new Topic(
                            "Asked who I am.",
                            "I am Step3-Tiny, a small demonstration model of the Step3 family.",
                            List.of(
                                    "Who are you?",
                                    "What are you?",
                                    "What is your name?",
                                    "What's your name?",
                                    "Who am I talking to?",
                                    "Which model are you?",
                                    "What model is this?",
                                    "Are you a robot?",
                                    "Are you a human?",
                                    "Are you ChatGPT?",
                                    "Are you Step3?",
                                    "Tell me who you are.",
                                    "Introduce yourself.",
                                    "Tell me about yourself.",
                                    "Hello, who are you?",
                                    "Who made you?",
                                    "Who trained you?",
                                    "Are you an AI?",
                                    "Are you a chatbot?",
                                    "Are you a neural network?",
                                    "Are you a machine?",
                                    "Please introduce yourself.",
                                    "May I ask your name?",
                                    "Do you have a name?"),
                            List.of(
                                    "What is your name, please?",
                                    "Hi, who are you?",
                                    "Can you introduce yourself?",
                                    "Tell me your name.",
                                    "Are you a language model?")),
                    new Topic(
                            "Asked what I can do.",
                            "I can count and compare shapes in pictures, read bar charts and digits,"
                                    + " calculate, sort numbers and count letters.",
                            List.of(
                                    "What can you do?",
                                    "What can I ask you?",
                                    "What are you able to do?",
                                    "How can you help me?",
                                    "What do you know?",
                                    "Help",
                                    "help me",
                                    "What are your skills?",
                                    "What can I do with you?",
                                    "What should I ask?",
                                    "Can you help me?",
                                    "Can you see pictures?",
                                    "Can you calculate?",
                                    "What kind of questions can you answer?",
                                    "What are you good at?",
                                    "Can you read charts?",
                                    "What else can you do?",
                                    "What tasks can you do?"),
                            List.of(
                                    "What can you help me with?",
                                    "Can you look at pictures?",
                                    "What questions can I ask you?",
                                    "Tell me what you can do.")),
                    new Topic(
                            "Thanks.",
                            "You are welcome!",
                            List.of(
                                    "Thanks",
                                    "Thanks!",
                                    "Thank you",
                                    "Thank you!",
                                    "Thank you very much!",
                                    "Many thanks!",
                                    "Thanks a lot!",
                                    "Great, thanks!",
                                    "Ok, thank you.",
                                    "Thx",
                                    "Cheers!",
                                    "Thank you so much.",
                                    "Thanks, that helps.",
                                    "Thank you, nice!"),
                            List.of(
                                    "Thank you, Step3!",
                                    "Thanks, great!",
                                    "Many thanks, model",
                                    "Thanks very much!",
                                    "Great, thank you!")),
                    new Topic(
                            "A farewell.",
                            "Goodbye!",
                            List.of(
                                    "Bye",
                                    "Bye!",
                                    "Goodbye",
                                    "Goodbye!",
                                    "See you",
                                    "See you later!",
                                    "Good night",
                                    "Good night!",
                                    "Bye bye",
                                    "That's all, bye.",
                                    "Farewell!",
                                    "See you tomorrow!",
                                    "See you next time!",
                                    "See you again!",
                                    "Ok, see you.",
                                    "I have to go, bye!",
                                    "Talk to you soon!"),
                            List.of("Bye, Step3!", "Ok, bye!", "Goodbye, Step3", "See you soon!")),
                    new Topic(
                            "Praise.",
                            "I am glad to hear that. What shall we look at next?",
                            List.of(
                                    "Good",
                                    "Good job!",
                                    "Well done!",
                                    "Great!",
                                    "Very good!",
                                    "Nice",
                                    "Nice!",
                                    "Cool",
                                    "That is right.",
                                    "Correct!",
                                    "Right",
                                    "Perfect!",
                                    "Ok",
                                    "Okay",
                                    "Yes",
                                    "You are smart!",
                                    "I like that.",
                                    "That was nice.",
                                    "That was right!",
                                    "Very well!",
                                    "Good answer!",
                                    "Nice work!"),
                            List.of(
                                    "Very nice!",
                                    "That was good!",
                                    "You are right!",
                                    "That is correct!",
                                    "Great job!")));

    private static final List<Topic> CHINESE =
            List.of(
                    new Topic(
                            "打招呼。",
                            "你好！请给我看一张简单的图片，或者问我一道小算题。",
                            List.of(
                                    "你好", "你好！", "您好", "您好！", "嗨", "早上好", "早上好！", "下午好", "晚上好",
                                    "晚上好！", "哈喽", "你好啊", "大家好", "你好呀！", "早安", "你好吗？", "最近好吗？",
                                    "嗨，大家好！", "各位好", "又见面了"),
                            List.of("你好，Step3！", "嗨，你好！", "大家早上好", "您好啊")),
                    new Topic(
                            "问我是谁。",
                            "我是 Step3-Tiny，Step3 家族的一个小型演示模型。",
                            List.of(
                                    "你是谁？",
                                    "你是谁",
                                    "你叫什么名字？",
                                    "你叫什么",
                                    "你是什么模型？",
                                    "请介绍一下你自己。",
                                    "你是机器人吗？",
                                    "你是人吗？",
                                    "介绍一下自己",
                                    "你好，你是谁？",
                                    "谁训练了你？",
                                    "你叫什么呀？",
                                    "你的全名是什么？",
                                    "这是哪个模型？"),
                            List.of("请问你是谁？", "你的名字是什么？", "你是哪个模型？")),
                    new Topic(
                            "问我会什么。",
                            "我会数图形、看柱状图和数字、计算、排序和数字母。",
                            List.of(
                                    "你会做什么？",
                                    "你能做什么？",
                                    "你会什么",
                                    "你有什么功能？",
                                    "你可以帮我做什么？",
                                    "我可以问你什么？",
                                    "你能帮我吗？",
                                    "你会看图吗？",
                                    "你会算数吗？",
                                    "帮助",
                                    "你能做哪些事情？",
                                    "你会干什么？",
                                    "你还会什么？"),
                            List.of("请问你能做什么？", "你都会什么？", "你会做哪些事？")),
                    new Topic(
                            "感谢。",
                            "不客气！",
                            List.of(
                                    "谢谢", "谢谢！", "谢谢你", "谢谢你！", "多谢", "非常感谢", "非常感谢！", "谢谢您",
                                    "太感谢了", "谢啦", "感谢", "十分感激"),
                            List.of("谢谢啦", "好的，谢谢！", "十分感谢")),
                    new Topic(
                            "告别。",
                            "再见！",
                            List.of(
                                    "再见", "再见！", "拜拜", "回头见", "晚安", "晚安！", "下次见", "我走了，再见。", "明天见",
                                    "拜", "拜拜喽", "下回再见", "先走了"),
                            List.of("拜拜啦！", "好的，再见！", "下次再见")));

    static Exchange english(Dice dice) {
        Topic topic = dice.pick(ENGLISH);
        String said;
        do {
            said = dice.careless(dice.pick(dice.examining() ? topic.kept() : topic.ways()));
            if (!dice.examining() && dice.chance(0.25)) {
                said = addressed(dice, said);
            }
        } while (isKept(said) != dice.examining());
        return new Exchange(Skill.SMALL_TALK, said, topic.thought(), topic.answer());
    }

    /** The same to somebody: with a name, or after a greeting. */
    private static String addressed(Dice dice, String said) {
        String end = said.replaceAll("[^?.!]", "");
        String plain = said.substring(0, said.length() - end.length());
        return dice.chance(0.5)
                ? plain + ", " + dice.pick("Step3", "model", "please", "friend") + end
                : dice.pick("Hello, ", "Hi, ", "Ok, ", "Hey, ")
                        + (said.startsWith("I ") ? said : lower(said));
    }

    private static String lower(String said) {
        return said.substring(0, 1).toLowerCase(Locale.ROOT) + said.substring(1);
    }

    static Exchange chinese(Dice dice) {
        Topic topic = dice.pick(CHINESE);
        String said;
        do {
            said = dice.pick(dice.examining() ? topic.kept() : topic.ways());
            if (!dice.examining() && dice.chance(0.4)) {
                said = varied(dice, said);
            }
        } while (isKept(said) != dice.examining());
        return new Exchange(Skill.CHINESE, said, topic.thought(), topic.answer());
    }

    /** The same with a word before it or after it that changes nothing. */
    private static String varied(Dice dice, String said) {
        String end = said.replaceAll("[^。？！]", "");
        String plain = said.substring(0, said.length() - end.length());
        if (dice.chance(0.5)) {
            return dice.pick("好的，", "好，", "嗯，", "那", "你好，", "请问，", "Step3，") + said;
        }
        return plain
                + (end.equals("？") ? dice.pick("呢", "呀") : dice.pick("啦", "啊", "了", "，Step3"))
                + end;
    }

    /** Whether this is one of the ways to say something that only examinations use. */
    static boolean isKept(String said) {
        return Stream.of(ENGLISH, CHINESE)
                .flatMap(List::stream)
                .flatMap(topic -> topic.kept().stream())
                .anyMatch(way -> HeldOut.plain(way).equals(HeldOut.plain(said)));
    }
}
