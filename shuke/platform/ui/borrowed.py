"""Messages of libraries that our catalogues word themselves, because the library's own wording is missing or poor.

Nobody imports this: ``tools/i18n.py`` reads it, and our catalogues win over those of libraries.
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

BORROWED = (
    _("The email address and/or password you specified are not correct."),
    _("Incorrect code."),
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
    ),
)
