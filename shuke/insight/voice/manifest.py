"""What the voice of the customer plugs into."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from shuke.insight.voice import api, extensions, handlers, jobs
from shuke.insight.voice.queries import outside
from shuke.insight.voice.queries.words import SEALED_AS
from shuke.platform.manifest import JobSpec, Manifest, NavEntry, PageMount, Panel, SealedColumn
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, AGENT, ANALYST, MARKETER, OWNER
from shuke.vocabulary.voice import TextReceived, TextsJudged

MANIFEST = Manifest(
    domain="voice",
    permissions=(
        Permission("voice.view", roles=(OWNER, ADMIN, MARKETER, AGENT, ANALYST)),
        Permission("voice.label", roles=(OWNER, ADMIN, MARKETER, AGENT, ANALYST)),
        Permission("voice.train", roles=(OWNER, ADMIN, MARKETER, ANALYST)),
        Permission("voice.manage", roles=(OWNER, ADMIN, MARKETER)),
        Permission("voice.configure", roles=(OWNER, ADMIN)),
    ),
    pages=PageMount("voice/", "shuke.insight.voice.urls"),
    navigation=(
        NavEntry(
            label=_("Voice of the customer"), url_name="voice:overview", icon="message-circle", group="insight", order=35,
            permission="voice.view",
        ),
    ),
    api=api.router,
    publishes=(TextReceived, TextsJudged),
    jobs=(
        JobSpec("voice.train", jobs.train, max_attempts=2),
        JobSpec("voice.judge", jobs.judge, max_attempts=2),
        JobSpec("voice.refresh", jobs.refresh, every=timedelta(days=1), max_attempts=2),
    ),
    datasets=(extensions.VoiceDataset(),),
    panels=(Panel("customer.aside", "voice/_panel.html", 15, "voice.view", extensions.panel),),
    segment_fields=extensions.SEGMENT_FIELDS,
    merging=(extensions.TextsMerging(),),
    personal_data=(extensions.TextsPersonalData(),),
    retention=(extensions.TextsRetention(),),
    sealed=(
        SealedColumn("voice.Text", "sealed", SEALED_AS), SealedColumn("voice.Endpoint", "sealed", outside.KEY_SEALED_AS),
    ),
    hears=handlers.hear,
)  # fmt: skip
