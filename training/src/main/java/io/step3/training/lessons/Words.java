package io.step3.training.lessons;

import java.util.List;

/** Words to talk about, most of them of things that the model knows nothing of. */
final class Words {

    private Words() {}

    static final List<String> NOUNS =
            list(
                    """
                    apple banana bread butter cheese coffee tea sugar salt pepper soup rice pasta pizza salad tomato
                    potato onion carrot garlic lemon orange grape cherry melon berry honey milk water wine beer juice
                    house door window roof wall floor kitchen garden bedroom table chair lamp clock mirror carpet bed
                    pillow blanket towel spoon fork knife plate bottle basket bucket hammer nail screw ladder rope
                    car bus train plane bicycle boat ship truck engine wheel road bridge tunnel station airport harbor
                    dog cat horse cow sheep goat pig chicken duck goose rabbit mouse rat fox wolf bear lion tiger
                    elephant monkey snake frog fish shark whale dolphin eagle owl crow sparrow bee spider butterfly
                    tree flower rose tulip grass leaf root forest mountain river lake ocean island desert valley beach
                    sun moon planet comet galaxy rain snow storm thunder wind cloud fog winter summer spring autumn
                    doctor teacher farmer soldier pilot nurse baker painter singer actor writer poet lawyer judge king
                    queen prince mother father brother sister uncle cousin neighbor friend baby child woman man
                    book letter pencil paper newspaper story poem song guitar piano violin drum movie theater museum
                    school hospital church bank market shop hotel office factory library prison castle tower village
                    city country continent language science history music biology chemistry physics geometry algebra
                    computer phone screen keyboard internet robot battery camera radio television software program
                    money price tax salary bank job meeting contract law war peace election president government party
                    football tennis chess hockey swimming dance game ticket holiday travel hotel passport map weather
                    heart brain blood bone skin hair hand finger foot knee shoulder tooth eye ear nose mouth stomach
                    shirt shoes jacket trousers hat glove scarf dress button pocket umbrella ring necklace watch
                    gold silver iron copper diamond glass wood stone plastic cotton leather oil gas coal electricity
                    dinosaur dragon ghost angel wizard pirate vampire giant monster treasure sword shield armor magic
                    atom molecule energy gravity light sound magnet volcano earthquake glacier fossil crystal virus
                    bacteria vaccine medicine vitamin protein diet exercise sleep dream memory emotion love anger fear
                    happiness freedom justice truth beauty wisdom courage luck time space future past birthday wedding
                    """);

    static final List<String> PLACES =
            list(
                    """
                    France Germany Italy Spain Portugal England Ireland Scotland Norway Sweden Finland Denmark Poland
                    Russia Ukraine Greece Turkey Egypt Morocco Kenya Nigeria India China Japan Korea Vietnam Thailand
                    Australia Canada Mexico Brazil Argentina Chile Peru Cuba Texas California Paris London Berlin Rome
                    Madrid Lisbon Vienna Prague Moscow Athens Cairo Delhi Beijing Shanghai Tokyo Sydney Toronto Chicago
                    Boston Europe Africa Asia America Antarctica Mars Venus Jupiter Saturn
                    """);

    static final List<String> PEOPLE =
            list(
                    """
                    Einstein Newton Darwin Mozart Beethoven Bach Shakespeare Goethe Napoleon Caesar Cleopatra Plato
                    Aristotle Galileo Picasso Rembrandt Lincoln Washington Gandhi Mandela Columbus Tesla Edison Curie
                    Turing Gates Elvis Madonna Messi Batman Superman Dracula Hamlet Tom Anna Peter Maria John Alice Bob
                    """);

    static final List<String> VERBS =
            list(
                    """
                    cook bake clean repair build paint draw write read sing dance run swim fly drive ride climb jump
                    sleep dream learn teach study work travel buy sell open close break fix grow plant water feed train
                    catch throw kick hit push pull carry lift move stop start find lose win play fight kiss marry
                    """);

    static final List<String> ADJECTIVES =
            list(
                    """
                    big small old new young good bad hot cold warm fast slow strong weak rich poor happy sad angry kind
                    clever funny famous dangerous beautiful ugly expensive cheap heavy light dark bright loud quiet
                    sweet sour bitter healthy ill tired hungry thirsty clean dirty wet dry deep high long short pink
                    brown black white gray golden
                    """);

    static final List<String> LITTLE =
            list(
                    """
                    the a an is are was were do does did can could will would should may must have has had not and or
                    but if because when where why how what who which with without for from to in on at by of about
                    after before my your his her our their this that these those it they we you he she me him them
                    """);

    static final List<String> CHINESE =
            list(
                    """
                    北京 上海 中国 美国 法国 日本 德国 英国 天气 历史 音乐 电影 足球 篮球 苹果 香蕉 米饭 面条 饺子 咖啡 茶 牛奶 水 火 山
                    河 海 月亮 太阳 地球 火星 恐龙 熊猫 老虎 狮子 猫 狗 马 鱼 鸟 花 树 春天 夏天 秋天 冬天 妈妈 爸爸 老师 学生 医生 朋友
                    学校 医院 公司 银行 电脑 手机 汽车 火车 飞机 自行车 书 诗 歌 故事 小说 新闻 股票 钱 工作 旅游 健康 爱情 梦 时间 科学
                    数学 物理 化学 生物 哲学 法律 经济 政治 战争 和平 机器人 人工智能 互联网 程序 游戏 红楼梦 孔子 李白 长城 黄河 长江
                    """);

    private static final List<String> ONSETS =
            list("b c d f g h j k l m n p r s t v w z br cl dr fl gr pl st tr sh ch th");
    private static final List<String> VOWELS = list("a e i o u a e i o ee oo ai ou ea y");
    private static final List<String> CODAS =
            List.of("", "", "n", "r", "s", "t", "l", "m", "k", "nd", "st", "ng", "x", "p");

    /** A word of three to nine letters that nobody has heard of. */
    static String invented(Dice dice) {
        while (true) {
            var word = new StringBuilder();
            int syllables = dice.between(1, 3);
            for (int i = 0; i < syllables; i++) {
                word.append(dice.pick(ONSETS)).append(dice.pick(VOWELS)).append(dice.pick(CODAS));
            }
            if (word.length() >= 3 && word.length() <= 9) {
                return word.toString();
            }
        }
    }

    private static List<String> list(String words) {
        return List.of(words.strip().split("\\s+"));
    }
}
