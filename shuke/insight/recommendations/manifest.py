"""What recommendations plug into."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from shuke.insight.recommendations import api, handlers, jobs
from shuke.insight.recommendations.actions.learning import TRAIN
from shuke.insight.recommendations.extensions import Forgetting, panel
from shuke.platform.manifest import JobSpec, Manifest, NavEntry, PageMount, Panel
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, AGENT, ANALYST, MARKETER, OWNER
from shuke.vocabulary import behaviour
from shuke.vocabulary.orders import OrderPlaced

MANIFEST = Manifest(
    domain="recommendations",
    permissions=(
        Permission("recommendations.view", roles=(OWNER, ADMIN, MARKETER, ANALYST)),
        Permission("recommendations.customer", roles=(OWNER, ADMIN, MARKETER, ANALYST, AGENT)),
        Permission("recommendations.train", roles=(OWNER, ADMIN, MARKETER, ANALYST)),
        Permission("recommendations.configure", roles=(OWNER, ADMIN, MARKETER)),
    ),
    pages=PageMount("recommendations/", "shuke.insight.recommendations.urls"),
    navigation=(
        NavEntry(
            label=_("Recommendations"), url_name="recommendations:overview", icon="shopping-bag", group="insight", order=32,
            permission="recommendations.view",
        ),
    ),
    api=api.router,
    listens={OrderPlaced.NAME: handlers.learn_from_history},
    reacts_to={
        OrderPlaced.NAME: handlers.attribute,
        **dict.fromkeys(
            (
                behaviour.RECOMMENDATION_VIEWED, behaviour.RECOMMENDATION_CLICKED, behaviour.PRODUCT_VIEWED,
                behaviour.PRODUCT_ADDED,
            ),
            handlers.note,
        ),
    },
    jobs=(JobSpec(TRAIN, jobs.train, every=timedelta(days=1), max_attempts=2),),
    panels=(Panel("customer.aside", "recommendations/_panel.html", 12, "recommendations.customer", panel),),
    personal_data=(Forgetting(),),
)  # fmt: skip
