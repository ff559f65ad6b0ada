"""What a message nobody asked for has to say besides: how to end it, and who sends it."""

from dataclasses import replace
from html import escape

from shuke.crm.messaging.rules.policy import UNASKED, Policy
from shuke.kernel.messages import Content

_UNSUBSCRIBE = {"zh": "退订", "en": "Unsubscribe"}
_PREFERENCES = {"zh": "管理偏好", "en": "Your preferences"}
_TEXT_CHANNELS = frozenset({"sms"})


def completed(
    content: Content, *, channel: str, purpose: str, language: str, policy: Policy, unsubscribe_url: str,
    preferences_url: str,
) -> Content:  # fmt: skip
    """Return a message with the words that the law asks for, where it does not have them already.

    >>> said = dict(channel="sms", purpose="marketing", policy=Policy(), unsubscribe_url="u", preferences_url="p")
    >>> completed(Content(text="满减"), language="zh-hans", **said).text
    '满减 拒收请回复R'
    >>> completed(Content(text="满减 拒收请回复R"), language="zh-hans", **said).text
    '满减 拒收请回复R'
    """
    if purpose not in UNASKED:
        return content
    tongue = "zh" if language.startswith("zh") else "en"
    if channel in _TEXT_CHANNELS:
        words = policy.stop_text_zh if tongue == "zh" else policy.stop_text_en
        has_it = not content.text or words in content.text
        return content if has_it else replace(content, text=f"{content.text.rstrip()} {words}")
    if channel != "email":
        return content
    subject = content.subject
    if policy.subject_mark and not subject.startswith(policy.subject_mark):
        subject = f"{policy.subject_mark} {subject}"
    html, text = content.html, content.text
    if html and escape(unsubscribe_url) not in html:
        html = _before_end(html, _footer(tongue, policy, unsubscribe_url, preferences_url))
    if unsubscribe_url not in text:
        lines = [policy.postal_identity, f"{_UNSUBSCRIBE[tongue]}: {unsubscribe_url}"]
        text = "\n\n".join([text.rstrip(), "-- \n" + "\n".join(line for line in lines if line)])
    return replace(content, subject=subject, html=html, text=text)


def _footer(tongue: str, policy: Policy, unsubscribe_url: str, preferences_url: str) -> str:
    identity = f"{escape(policy.postal_identity)}<br>" if policy.postal_identity else ""
    return (
        '<p style="font:12px/18px sans-serif;color:#667;text-align:center;margin:24px 12px">'
        f'{identity}<a href="{escape(unsubscribe_url)}" style="color:#667">{_UNSUBSCRIBE[tongue]}</a> · '
        f'<a href="{escape(preferences_url)}" style="color:#667">{_PREFERENCES[tongue]}</a></p>'
    )


def _before_end(html: str, footer: str) -> str:
    """Put something at the end of the body, wherever that is.

    >>> _before_end("<body>hi</body></html>", "<p></p>"), _before_end("hi", "!")
    ('<body>hi<p></p></body></html>', 'hi!')
    """
    at = html.lower().rfind("</body>")
    return f"{html}{footer}" if at < 0 else f"{html[:at]}{footer}{html[at:]}"
