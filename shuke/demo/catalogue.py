"""What Willow sells: about three hundred products of two shops, with how soon each is used up. Pure."""

from dataclasses import dataclass
from random import Random

BRAND_ZH, BRAND_EN = "小柳", "Willow"


@dataclass(frozen=True, slots=True)
class Goods:
    """One product. ``lasts_days`` is how long one piece lasts, None for what is not used up."""

    external_id: str
    sku: str
    title: str
    category: str
    brand: str
    price_minor: int
    lasts_days: int | None
    is_gift: bool
    appeal: float


@dataclass(frozen=True, slots=True)
class _Sort:
    """A sort of goods: its place in the tree, its sizes with prices in yuan, how long it lasts."""

    category: str
    title: str
    sizes: tuple[tuple[str, int], ...]
    lasts_days: int | None = None
    is_gift: bool = False


_SCENTS_ZH = ("柳芽", "白茶", "桂花", "山茶", "青梅", "燕麦", "雪梨")
_SCENTS_EN = ("Willow Bark", "White Tea", "Osmanthus", "Camellia", "Oat", "Sea Salt", "Fig Leaf")
_COLOURS_ZH = ("米白", "烟灰", "豆绿", "陶土")
_COLOURS_EN = ("Oat", "Slate", "Sage", "Clay")

_CARE_ZH = (
    _Sort("护肤/洁面", "氨基酸洁面乳", (("100ml", 79), ("180ml", 119)), 55),
    _Sort("护肤/爽肤水", "舒缓爽肤水", (("150ml", 129),), 60),
    _Sort("护肤/精华", "修护精华液", (("30ml", 239), ("50ml", 339)), 75),
    _Sort("护肤/面霜", "保湿面霜", (("50g", 189),), 65),
    _Sort("护肤/防晒", "轻薄防晒乳 SPF50+", (("50ml", 99),), 45),
    _Sort("护肤/面膜", "补水面膜", (("5片装", 69), ("10片装", 119)), 30),
    _Sort("身体护理/沐浴", "沐浴露", (("400ml", 69),), 50),
    _Sort("身体护理/护手霜", "护手霜", (("60g", 39),), 50),
    _Sort("身体护理/洗发", "无硅油洗发水", (("500ml", 89),), 55),
    _Sort("礼盒/护肤礼盒", "护肤礼盒", (("三件装", 459), ("五件装", 699)), None, is_gift=True),
    _Sort("家居/香薰", "香薰蜡烛", (("120g", 109),), 40, is_gift=True),
)
_HOME_ZH = (
    _Sort("家居/床品", "水洗棉四件套", (("1.5m床", 399), ("1.8m床", 459))),
    _Sort("家居/毛巾", "长绒棉毛巾", (("单条", 39), ("三条装", 99))),
    _Sort("家居/餐具", "手作陶瓷餐盘", (("8寸", 68),)),
    _Sort("家居/茶具", "陶瓷茶具套装", (("一壶四杯", 268),), None, is_gift=True),
    _Sort("家居/收纳", "棉麻收纳筐", (("中号", 59),)),
    _Sort("家居/花器", "粗陶花瓶", (("小号", 89),), None, is_gift=True),
)
_CARE_EN = (
    _Sort("Skin care/Cleansers", "Gentle Cleanser", (("100 ml", 98), ("200 ml", 158)), 55),
    _Sort("Skin care/Toners", "Calming Toner", (("150 ml", 139),), 60),
    _Sort("Skin care/Serums", "Repair Serum", (("30 ml", 269),), 75),
    _Sort("Skin care/Moisturisers", "Day Cream", (("50 ml", 209),), 65),
    _Sort("Skin care/Masks", "Sheet Mask", (("Set of 5", 89),), 30),
    _Sort("Body/Hand cream", "Hand Cream", (("60 ml", 59),), 50),
    _Sort("Body/Bath", "Bath Salts", (("500 g", 99),), 40),
    _Sort("Gifts/Sets", "Gift Set", (("Trio", 499), ("Ritual", 759)), None, is_gift=True),
    _Sort("Home/Candles", "Scented Candle", (("180 g", 149), ("400 g", 249)), 40, is_gift=True),
    _Sort("Home/Diffusers", "Reed Diffuser", (("100 ml", 189),), 70, is_gift=True),
)
_HOME_EN = (
    _Sort("Home/Bedding", "Washed Cotton Duvet Set", (("Double", 529), ("King", 599))),
    _Sort("Home/Towels", "Long-staple Towel", (("Bath", 129), ("Hand", 69))),
    _Sort("Home/Tableware", "Hand-thrown Plate", (("21 cm", 98),)),
    _Sort("Home/Tea", "Stoneware Tea Set", (("For four", 358),), None, is_gift=True),
    _Sort("Home/Vases", "Raw Clay Vase", (("Small", 119), ("Large", 219)), None, is_gift=True),
    _Sort("Home/Storage", "Cotton Basket", (("Medium", 89),)),
)


def goods_of(seed: int, *, chinese: bool) -> tuple[Goods, ...]:
    """Return everything one of the two shops sells, the same for the same seed."""
    rng = Random(f"{seed}:goods:{chinese}")
    care, home = (_CARE_ZH, _HOME_ZH) if chinese else (_CARE_EN, _HOME_EN)
    scents, colours = (_SCENTS_ZH, _COLOURS_ZH) if chinese else (_SCENTS_EN, _COLOURS_EN)
    found: list[Goods] = []
    for sorts, variants in ((care, scents), (home, colours)):
        for sort in sorts:
            for variant in variants:
                for size, yuan in sort.sizes:
                    found.append(_made(rng, sort, variant, size, yuan, number=len(found) + 1, chinese=chinese))
    return tuple(found)


def _made(rng: Random, sort: _Sort, variant: str, size: str, yuan: int, *, number: int, chinese: bool) -> Goods:
    title = f"{variant}{sort.title} {size}" if chinese else f"{variant} {sort.title}, {size}"
    return Goods(
        external_id=str((610_000_000_000 if chinese else 8_400_000_000) + number * 37),
        sku=f"{'XL' if chinese else 'WL'}-{number:04d}",
        title=title,
        category=sort.category,
        brand=BRAND_ZH if chinese else BRAND_EN,
        price_minor=(yuan + rng.choice((-10, 0, 0, 0, 10))) * 100,
        lasts_days=sort.lasts_days,
        is_gift=sort.is_gift,
        # A few things sell well, most sell a little.
        appeal=rng.paretovariate(1.3),
    )
