"""What one message says, ready to be handed to a channel: written by templates, delivered by channels."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Content:
    """The words of one message to one person; a channel reads the fields it has a place for and passes over the rest.

    * e-mail: ``subject``, ``preheader`` (what mailboxes show after the subject), ``html`` and ``text``;
    * text message: ``text``, or ``provider_code`` with ``params`` where the provider keeps the wording;
    * WeChat: ``provider_code`` with ``params`` for what was approved there, else ``title``, ``body``, ``url``, ``image``;
    * push and on-site: ``title``, ``body``, ``url``, ``image``;
    * webhook: ``params``.
    """

    subject: str = ""
    preheader: str = ""
    text: str = ""
    html: str = ""
    title: str = ""
    body: str = ""
    url: str = ""
    image: str = ""
    # How the provider calls the wording it has approved, and what fills its places.
    provider_code: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
