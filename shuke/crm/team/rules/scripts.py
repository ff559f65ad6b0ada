"""What is said on the telephone: texts with placeholders. Pure."""

import re
from collections.abc import Mapping

PLACEHOLDERS = ("name", "agent", "company", "days", "rhythm", "last_order", "amount", "tier")
LANGUAGES = ("en", "zh-hans")
_PLACE = re.compile(r"\{([^{}]*)\}")

USUAL: Mapping[tuple[str, str], str] = {
    ("follow_up", "en"): "Hello {name}, this is {agent} of {company}. You asked me to call again. How can I help?",
    ("follow_up", "zh-hans"): "{name}您好，我是{company}的{agent}。您之前让我再联系您，请问有什么可以帮您？",
    ("churn", "en"): "Hello {name}, this is {agent} of {company}. We have not heard from you for {days} days and would like to know whether everything was right with your last order. Is there anything we can do for you?",
    ("churn", "zh-hans"): "{name}您好，我是{company}的{agent}。您已经 {days} 天没有光顾了，想了解一下上次购买是否一切满意，有什么我们可以为您做的吗？",
    ("refunds", "en"): "Hello {name}, this is {agent} of {company}. You sent something back lately. I am sorry it was not right. May I ask what was wrong, and help you to something that fits?",
    ("refunds", "zh-hans"): "{name}您好，我是{company}的{agent}。看到您最近有退款，很抱歉没能让您满意。方便告诉我是哪里不合适吗？我帮您找到更合适的。",
    ("welcome", "en"): "Hello {name}, this is {agent} of {company}. Thank you for your first order. I wanted to make sure that everything arrives as you wish. Do you have any questions?",
    ("welcome", "zh-hans"): "{name}您好，我是{company}的{agent}。感谢您的首次购买，想确认一切符合您的期待。有任何使用上的问题都可以问我。",
    ("overdue", "en"): "Hello {name}, this is {agent} of {company}. You usually order about every {rhythm} days, and your last order was {days} days ago. Shall I put together the same again?",
    ("overdue", "zh-hans"): "{name}您好，我是{company}的{agent}。您通常每 {rhythm} 天左右下单一次，上次购买已经是 {days} 天前了。需要我帮您再配一份吗？",
    ("tier_fell", "en"): "Hello {name}, this is {agent} of {company}. You are one of our best customers, and lately we have seen less of you. Is there anything that we should do better?",
    ("tier_fell", "zh-hans"): "{name}您好，我是{company}的{agent}。您一直是我们的重要客户，最近光顾得少了，想听听我们哪里可以做得更好。",
    ("birthday", "en"): "Hello {name}, this is {agent} of {company}. I am calling to wish you a happy birthday. Thank you for being with us.",
    ("birthday", "zh-hans"): "{name}您好，我是{company}的{agent}。祝您生日快乐，感谢您一直以来的支持！",
}  # fmt: skip


def unknown_in(text: str) -> list[str]:
    """Return the placeholders of a text that nobody fills in.

    >>> unknown_in("Hello {name}, {first_name}")
    ['first_name']
    """
    return [name for name in _PLACE.findall(text) if name not in PLACEHOLDERS]


def filled(text: str, facts: Mapping[str, str]) -> str:
    """Fill a text; what is not known becomes an ellipsis for the caller to say in their own words.

    >>> filled("Hello {name}, {days} days", {"name": "Ada"})
    'Hello Ada, … days'
    """
    return _PLACE.sub(lambda found: facts.get(found[1]) or "…", text)
