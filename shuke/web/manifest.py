"""What the staff web application plugs in: platform permissions, its pages, the settings menu."""

from django.utils.translation import gettext_lazy as _

from shuke.platform.http.pages import STAFF
from shuke.platform.manifest import JobSpec, Manifest, NavEntry, PageMount, Panel
from shuke.platform.staff.permissions import Permission
from shuke.platform.staff.roles import MANAGERS
from shuke.web import customer_jobs, customer_lineage, customer_relations

MANIFEST = Manifest(
    domain="web",
    permissions=(
        Permission("team.manage", roles=MANAGERS),
        Permission("audit.view", roles=MANAGERS),
        Permission("company.edit", roles=MANAGERS),
        Permission("jobs.view", roles=MANAGERS),
        Permission("system.view", roles=MANAGERS),
    ),
    pages=PageMount("", "shuke.web.urls"),
    jobs=(JobSpec("web.customers_bulk", customer_jobs.act_on_all),),
    panels=(Panel("customer.aside", "web/_customer_relations.html", 15, "customers.view", customer_relations.card),),
    uses=customer_lineage.uses,
    navigation=(
        NavEntry(_("Home"), "web:home", "home", "home", 10, STAFF),
        NavEntry(_("Customers"), "web:customers", "users", "customers", 10, "customers.view"),
        NavEntry(_("Team"), "web:team", "users-group", "settings", 10, "team.manage"),
        NavEntry(_("Company"), "web:company", "building-store", "settings", 20, "company.edit"),
        NavEntry(_("Background work"), "web:jobs", "loader-2", "settings", 50, "jobs.view"),
        NavEntry(_("Audit log"), "web:audit", "history", "settings", 60, "audit.view"),
        NavEntry(_("Outbox"), "web:outbox", "mail", "settings", 70, "team.manage"),
        NavEntry(_("System"), "web:about", "info-circle", "settings", 80, "system.view"),
    ),
)
