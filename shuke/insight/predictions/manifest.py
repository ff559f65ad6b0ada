"""What predictions plug into."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from shuke.insight.predictions import api, handlers, jobs
from shuke.insight.predictions.extensions import SEGMENT_FIELDS, Forgetting, ScoresDataset, panel
from shuke.platform.manifest import JobSpec, Manifest, NavEntry, PageMount, Panel
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, ANALYST, FINANCE, MARKETER, OWNER
from shuke.vocabulary.orders import OrderPlaced
from shuke.vocabulary.predictions import CustomersScored

MANIFEST = Manifest(
    domain="predictions",
    permissions=(
        Permission("predictions.view", roles=(OWNER, ADMIN, MARKETER, ANALYST, FINANCE)),
        Permission("predictions.train", roles=(OWNER, ADMIN, MARKETER, ANALYST)),
    ),
    pages=PageMount("predictions/", "shuke.insight.predictions.urls"),
    navigation=(
        NavEntry(
            label=_("Predictions"), url_name="predictions:overview", icon="sparkles", group="insight", order=30,
            permission="predictions.view",
        ),
    ),
    api=api.router,
    publishes=(CustomersScored,),
    listens={OrderPlaced.NAME: handlers.learn_from_history},
    jobs=(
        JobSpec("predictions.train", jobs.train, max_attempts=2),
        JobSpec("predictions.refresh", jobs.refresh, every=timedelta(days=1), max_attempts=2),
    ),
    datasets=(ScoresDataset(),),
    panels=(Panel("customer.aside", "predictions/_panel.html", 10, "predictions.view", panel),),
    personal_data=(Forgetting(),),
    segment_fields=SEGMENT_FIELDS,
)  # fmt: skip
