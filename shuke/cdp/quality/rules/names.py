"""Taking names apart: family and given name, in Chinese and in Latin letters, without titles.

Pure, and steady: splitting what ``whole`` puts together gives the same parts again.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Surnames of two characters (复姓); any other Chinese name of up to four characters begins with one of one.
COMPOUND_SURNAMES = frozenset(
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 "
    "仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 "
    "百里 呼延 东郭 南门 羊舌 微生 左丘 东门 西门 第五 歐陽 東方 諸葛 尉遲 赫連 長孫 鐘離 軒轅 司馬 上官 淳于 單于 爱新觉罗 叶赫".split()
)  # fmt: skip
_SURNAMES = (
    "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦"
    "申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁"
    "柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖"
    "糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙薄伏岑习胥保和蔺張劉陳楊趙黃吳孫馬羅鄭謝韓馮鄧許蘇盧蔣葉"
)
# Where a surname is read otherwise than the character alone.
_SURNAME_SOUNDS = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "查": "zha", "区": "ou", "任": "ren", "盖": "ge", "朴": "piao",
    "尉迟": "yuchi", "万俟": "moqi", "覃": "qin", "翟": "zhai", "燕": "yan", "单于": "chanyu", "缪": "miao", "长孙": "zhangsun",
    "繁": "po", "秘": "bi", "冼": "xian", "乐": "yue", "洗": "xian", "召": "shao", "折": "she", "黑": "he", "员": "yun",
}  # fmt: skip
_TITLES = frozenset(
    "mr mrs ms miss mx dr prof professor sir madam mme mlle mademoiselle madame monsieur herr frau sr sra dame lord lady rev".split()
)
_SUFFIXES = frozenset("jr sr ii iii iv phd md esq".split())
_CHINESE_TITLES = (
    "先生", "女士", "小姐", "太太", "老师", "同学", "医生", "大夫", "教授", "经理", "阿姨", "叔叔", "师傅", "老板", "收",
)  # fmt: skip
_PARTICLES = frozenset(
    "van von der den de del della di da dos das du la le el al bin ibn ter ten af zu mac mc st".split()
)
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_ALL_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff·•]+")
_LETTER = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_NOT_WORD = re.compile(r"[^\w]+|_+")
_APOSTROPHE = re.compile(r"(?<=\w)['’`´ʼ](?=\w)")

# Each line: a name and what its bearers are called. Modest on purpose: a wrong equation costs more than a missed one.
_CALLED = """
robert rob bob bobby robbie|william will bill billy willy liam|richard rick dick ricky rich|james jim jimmy jamie
john johnny jack jon jonny|michael mike mick mickey micky|joseph joe joey|thomas tom tommy|charles charlie chuck chas
edward ed eddie ted teddy ned|david dave davey|daniel dan danny|christopher chris kit|matthew matt|anthony tony
andrew andy drew|steven steve stephen|kenneth ken kenny|gregory greg|samuel sam sammy|benjamin ben benny|nicholas nick nicky
alexander alex sandy alexandra|patrick pat paddy patricia trish tricia|peter pete|timothy tim|jeffrey jeff geoffrey geoff
lawrence larry laurie|frederick fred freddie|henry harry hank|philip phil phillip|ronald ron ronnie|donald don donny
elizabeth liz beth betty lizzie eliza lisa|margaret maggie meg peggy marge|katherine kate katie kathy catherine cathy kathryn
jennifer jen jenny|jessica jess jessie|rebecca becky becca|susan sue susie|deborah debbie deb|victoria vicky tori
christine chrissy christina tina|barbara barb|dorothy dot dottie|eleanor ellie nell|abigail abby|madeleine maddie maddy madeline
pamela pam|theresa terry tess teresa|amanda mandy|samantha|jacqueline jackie|joshua josh|zachary zach zac zack|nathaniel nathan nate
gabriel gabe|gabrielle gabby|isabella bella izzy isabel|olivia liv livvy|charlotte lottie|emily em|natalie nat|cameron cam
lachlan lachie|mitchell mitch|bradley brad|jonathan jonathon|nicole nikki|kimberly kim|cynthia cindy|vincent vince|leonard leo len
raymond ray|gerald gerry jerry|walter walt wally|arthur art|albert al bert|alfred alf|francis frank frankie|harold hal|louis lou
""".replace("\n", "|")
_CALLED_LIKE = {word: line.split()[0] for line in _CALLED.split("|") if line.strip() for word in line.split()}


@dataclass(frozen=True, slots=True)
class NameParts:
    """A name in parts. ``is_chinese`` says that it is written in characters, family name first and unspaced."""

    family: str = ""
    given: str = ""
    title: str = ""
    is_chinese: bool = False

    @property
    def whole(self) -> str:
        """The name without its title, as its language writes it."""
        return (self.family + self.given) if self.is_chinese else " ".join(filter(None, (self.given, self.family)))


@lru_cache(maxsize=100_000)
def split(name: str) -> NameParts:
    """Return the parts of a name; a single word is a given name.

    >>> split("欧阳娜娜"), split("Ms Ada van Dyck").family, split("Lovelace, Ada").given, split("Zhang San").family
    (NameParts(family='欧阳', given='娜娜', title='', is_chinese=True), 'van Dyck', 'Ada', 'Zhang')
    """
    text = " ".join(unicodedata.normalize("NFKC", name).split())
    compact = text.replace(" ", "")
    if compact and _ALL_HAN.fullmatch(compact):
        return _split_chinese(compact)
    return _split_latin(text)


def _split_chinese(text: str) -> NameParts:
    title = next((end for end in _CHINESE_TITLES if text.endswith(end) and len(text) > len(end)), "")
    bare = text.removesuffix(title) if title else text
    if "·" in bare or "•" in bare:  # a transcribed foreign or minority name: given name first
        given, _, family = bare.replace("•", "·").rpartition("·")
        if given and family:
            return NameParts(family=f"·{family}", given=given, title=title, is_chinese=False)
    if len(bare) > 2 and bare[:2] in COMPOUND_SURNAMES:
        return NameParts(bare[:2], bare[2:], title, is_chinese=True)
    if len(bare) == 1 and title:
        return NameParts(bare, "", title, is_chinese=True)
    if len(bare) < 2 or len(bare) > 4 or (bare[0] not in _SURNAMES and len(bare) > 3):
        return NameParts("", bare, title, is_chinese=True)
    return NameParts(bare[0], bare[1:], title, is_chinese=True)


def _split_latin(text: str) -> NameParts:
    before, comma, after = text.partition(",")
    words, title = _without_titles(f"{after} {before}" if comma else text)
    if comma and after.strip() and fold(after.strip()) not in _SUFFIXES:
        family = _without_titles(before)[0]
        given = _without_titles(after)[0]
        return NameParts(" ".join(family), " ".join(given), title)
    if comma:
        words, title = _without_titles(before)
    if len(words) < 2:
        return NameParts("", " ".join(words), title)
    if _leads_with_family(words):
        return NameParts(words[0], " ".join(words[1:]), title)
    at = len(words) - 1
    while at > 1 and fold(words[at - 1]) in _PARTICLES:
        at -= 1
    return NameParts(" ".join(words[at:]), " ".join(words[:at]), title)


def _leads_with_family(words: list[str]) -> bool:
    """Whether the family name comes first: written in capitals alone, or a pinyin surname before what is none."""
    if len(fold(words[0])) > 1 and words[0].isupper() and not any(word.isupper() for word in words[1:]):
        return True
    first, last = fold(words[0]), fold(words[-1])
    return len(words) == 2 and first in _pinyin_surnames() and last not in _pinyin_surnames() and _is_pinyin(last)


_SYLLABLE = (
    r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao|ei|en|er|ia|ie|in|iu|"
    r"ou|ua|ue|ui|un|uo|ve|a|e|i|o|u|v)"
)
_PINYIN = re.compile(rf"(?:{_SYLLABLE}){{1,2}}")


def _is_pinyin(word: str) -> bool:
    return bool(_PINYIN.fullmatch(word))


@lru_cache(maxsize=1)
def _pinyin_surnames() -> frozenset[str]:
    return frozenset({*map(surname_sound, _SURNAMES), *map(surname_sound, COMPOUND_SURNAMES)})


def _without_titles(text: str) -> tuple[list[str], str]:
    words: list[str] = []
    titles: list[str] = []
    for word in text.split():
        (titles if fold(word) in _TITLES else words).append(word)
    while len(words) > 1 and fold(words[-1]) in _SUFFIXES:
        words.pop()
    return words, " ".join(titles)


@lru_cache(maxsize=200_000)
def fold(text: str) -> str:
    """Return text as it is compared: no case, accents, apostrophes or punctuation; characters as pinyin without tones.

    >>> fold("O’Brien-Müller"), fold("张三"), fold("Zoë")
    ('obrien muller', 'zhangsan', 'zoe')
    """
    lowered = text.casefold()
    if not lowered.isascii():
        lowered = unicodedata.normalize("NFKD", lowered.translate(_LETTER))
        lowered = "".join(char for char in lowered if not unicodedata.combining(char))
        if _HAN.search(lowered):
            lowered = "".join(_sound(char) if _HAN.match(char) else char for char in lowered)
    return " ".join(_NOT_WORD.sub(" ", _APOSTROPHE.sub("", lowered)).split())


@lru_cache(maxsize=32_000)
def _sound(character: str) -> str:
    from pypinyin import lazy_pinyin

    return str(lazy_pinyin(character, v_to_u=False)[0])


@lru_cache(maxsize=8_000)
def surname_sound(family: str) -> str:
    """Return a family name as it is compared; some characters sound otherwise as surnames.

    >>> surname_sound("单"), surname_sound("Li")
    ('shan', 'li')
    """
    return _SURNAME_SOUNDS.get(family) or fold(family)


def called_like(given: str) -> str:
    """Return the name behind a pet name, both folded; other names stand for themselves.

    >>> called_like("bob"), called_like("ada")
    ('robert', 'ada')
    """
    return _CALLED_LIKE.get(given, given)


def is_chinese(text: str) -> bool:
    """Whether text contains Chinese characters."""
    return bool(_HAN.search(text))
