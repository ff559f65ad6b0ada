"""What a user agent says: whether it is a program, and otherwise on what kind of device a person sits."""

import re
from functools import lru_cache

# Plain HTTP libraries are not among them: whoever sends events with one, or tries curl, means to.
_BOT = re.compile(
    r"bot\b|bot[/;_\-\s]|crawl|spider|slurp|bingpreview|facebookexternalhit|whatsapp/|telegrambot|headlesschrome|phantomjs|"
    r"lighthouse|pagespeed|gtmetrix|pingdom|uptimerobot|statuscake|site24x7|datadog|newrelic|screaming frog|"
    r"ahrefs|semrush|mj12|dotbot|petal|bytespider|gptbot|claudebot|ccbot|perplexity|google-read-aloud|mediapartners|"
    r"apis-google|feedfetcher|bingbot|baiduspider|yandex(?:bot|images)|sogou|360spider|yisou|scrapy",
    re.IGNORECASE,
)
_TABLET = re.compile(r"ipad|tablet|playbook|silk/|android(?!.*mobile)", re.IGNORECASE)
_PHONE = re.compile(r"iphone|ipod|mobile|android|windows phone|harmonyos", re.IGNORECASE)
_BROWSERS = (
    ("WeChat", "micromessenger"), ("Alipay", "alipayclient"), ("Taobao", "taobaobrowser"), ("Douyin", "aweme"),
    ("Edge", "edg"), ("Opera", "opr/"), ("Samsung Internet", "samsungbrowser"), ("UC Browser", "ucbrowser"),
    ("QQ Browser", "qqbrowser"), ("Firefox", "firefox/"), ("Firefox", "fxios"), ("Chrome", "chrome/"),
    ("Chrome", "crios"), ("Safari", "safari/"),
)  # fmt: skip
_SYSTEMS = (
    ("iOS", "iphone"), ("iOS", "ipad"), ("Android", "android"), ("HarmonyOS", "harmony"), ("Windows", "windows"),
    ("macOS", "mac os"), ("ChromeOS", "cros "), ("Linux", "linux"),
)  # fmt: skip


@lru_cache(maxsize=10_000)
def is_bot(agent: str) -> bool:
    """Whether a browser's user agent is that of a program.

    >>> is_bot("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")
    True
    >>> is_bot("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.43")
    False
    """
    return bool(_BOT.search(agent))


@lru_cache(maxsize=10_000)
def device(agent: str) -> dict[str, str]:
    """Return what of a user agent is kept: kind of device, browser and system, never the agent itself.

    >>> device("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.43")
    {'device': 'phone', 'browser': 'WeChat', 'system': 'iOS'}
    """
    lowered = agent.lower()
    kind = "tablet" if _TABLET.search(agent) else "phone" if _PHONE.search(agent) else "computer"
    browser = next((name for name, mark in _BROWSERS if mark in lowered), "")
    system = next((name for name, mark in _SYSTEMS if mark in lowered), "")
    return {"device": kind, "browser": browser, "system": system}
