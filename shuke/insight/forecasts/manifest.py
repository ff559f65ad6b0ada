"""What forecasts plug into."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from shuke.insight.forecasts import api, handlers, jobs
from shuke.platform.manifest import JobSpec, Manifest, NavEntry, NoticeKind, PageMount
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, ANALYST, FINANCE, MARKETER, OWNER
from shuke.vocabulary.forecasts import AnomalyNoticed
from shuke.vocabulary.orders import OrderPlaced

MANIFEST = Manifest(
    domain="forecasts",
    permissions=(
        Permission("forecasts.view", roles=(OWNER, ADMIN, MARKETER, ANALYST, FINANCE)),
        Permission("forecasts.edit", roles=(OWNER, ADMIN, MARKETER, ANALYST)),
    ),
    pages=PageMount("forecasts/", "shuke.insight.forecasts.urls"),
    navigation=(
        NavEntry(
            label=_("Forecasts"), url_name="forecasts:series", icon="chart-dots", group="insight", order=40,
            permission="forecasts.view",
        ),
    ),
    api=api.router,
    notices=(NoticeKind("forecasts.unusual", _("Unusual figures"), "forecasts.view", by_mail=True),),
    publishes=(AnomalyNoticed,),
    listens={OrderPlaced.NAME: handlers.look_at_history},
    jobs=(JobSpec("forecasts.refresh", jobs.refresh, every=timedelta(days=1), max_attempts=2),),
)  # fmt: skip
