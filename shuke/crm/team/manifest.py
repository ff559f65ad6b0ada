"""What the work of people plugs into."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from shuke.crm.team import api, handlers, jobs
from shuke.crm.team.extensions import AskForTask, CallsPersonalData, WorkMerging, panel
from shuke.platform.manifest import JobSpec, Manifest, NavEntry, NoticeKind, PageMount, Panel
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import ADMIN, AGENT, ANALYST, MARKETER, OWNER
from shuke.vocabulary.predictions import CustomersScored
from shuke.vocabulary.team import CustomerCalled

MANIFEST = Manifest(
    domain="team",
    api=api.router,
    permissions=(
        Permission("team.watch", roles=(OWNER, ADMIN, MARKETER, ANALYST)),
        # One's own list and calls; with the next also those of others.
        Permission("team.call", roles=(OWNER, ADMIN, MARKETER, AGENT)),
        Permission("team.plan", roles=(OWNER, ADMIN, MARKETER)),
    ),
    pages=PageMount("care/", "shuke.crm.team.urls"),
    navigation=(
        NavEntry(_("Calls today"), "team:today", "phone", "customers", 14, "team.call"),
        NavEntry(_("Churn warnings"), "team:watch", "user-exclamation", "customers", 16, "team.watch"),
    ),
    publishes=(CustomerCalled,),
    reacts_to={CustomersScored.NAME: handlers.look_again},
    jobs=(
        JobSpec("team.watch", jobs.watch, every=timedelta(hours=6)),
        JobSpec("team.plan", jobs.plan, every=timedelta(minutes=15)),
        JobSpec("team.settle", jobs.settle, every=timedelta(hours=12)),
    ),
    panels=(Panel("customer.aside", "team/_panel.html", 12, "team.call", panel),),
    merging=(WorkMerging(),),
    personal_data=(CallsPersonalData(),),
    journey_steps=(AskForTask(),),
    after_load=handlers.keep_up,
    notices=(
        NoticeKind("team.churn", _("Valuable customers about to leave"), "team.call", by_mail=True),
        NoticeKind("team.task", _("New tasks for your customers"), "team.call"),
        NoticeKind("team.list", _("Your list of calls"), "team.call"),
        NoticeKind("team.complaint", _("Complaints on the telephone"), "team.plan"),
    ),
)
