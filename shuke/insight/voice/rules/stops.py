"""Words that say nothing of what a text is about. Chosen by hand; what a company's own texts repeat is found beside them."""

ENGLISH_STOPS = frozenset(
    """
    a about above after again all also although always am an and another any anything are aren't around as at back be became
    because been before being below between both but by came can can't cannot could couldn't did didn't do does doesn't doing
    don't done down during each either else even ever every everything far few first for from further get gets getting give
    given go goes going gone got had hadn't has hasn't have haven't having he he'd he'll he's her here hers herself him himself
    his how however i i'd i'll i'm i've if in instead into is isn't it it'd it'll its itself just keep kept know last least
    less let like little long look looked looks lot lots made make makes making many may maybe me might mine more most much
    must my myself need needed never new next no none nor not nothing now of off often ok okay on once one ones only or other
    others our ours ourselves out over own per perhaps put quite rather really said same saw say see seem seems seen she
    should shouldn't since so some someone something soon still such take taken than that that's the their theirs them
    themselves then there there's these they they'd they'll they're they've thing things think this those though through thus
    to together too took toward two under until up upon us use used using usually very want wanted was wasn't way we we'd
    we'll we're we've well went were weren't what what's when where whether which while who whole whom whose why will with
    within without won't would wouldn't yes yet you you'd you'll you're you've your yours yourself
    bought buy buying order ordered product item items day days week weeks month months year years time times
    """.split()
)
# Characters that join words and stand in none of content: a run is cut at them.
HAN_BREAKS = "的了是我你他她它们这那在也都就和与及而且但又还很太真吗呢吧啊呀哦嘛哈着过得地把被让给对从到为以于之其此每各些个么什怎哪谁没不有会能要可想说"
HAN_STOPS = frozenset(
    """
    一个 一点 一下 一样 一直 一次 一般 一些 两个 第一 第二 非常 比较 特别 十分 有点 感觉 觉得 知道 认为 希望 看到 收到 买过 购买 东西 商品 产品
    时候 今天 昨天 明天 之前 之后 以后 以前 然后 因为 所以 如果 虽然 但是 不过 而且 或者 还是 已经 应该 可以 需要 自己 大家 别人 现在 目前 终于
    完全 真的 确实 其实 起来 出来 下来 下单 订单 买来 拿来 用来 打算 准备 发现 店家 卖家 客服说 朋友 怎么 什么 为什么 多少 几天 一天 两天
    """.split()
)
