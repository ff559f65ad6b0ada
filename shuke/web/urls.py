"""Addresses of the staff web application, one block per page module."""

from django.urls import path

from shuke.web import (
    about,
    audit,
    combinations,
    company,
    customer,
    customer_identities,
    customer_merging,
    customer_relations,
    customers,
    home,
    jobs,
    language,
    outbox,
    profile,
    setup,
    team,
)

app_name = "web"
urlpatterns = [
    # Home.
    path("", home.home, name="home"),
    # What is bought together.
    path("combinations/<int:first>-<int:second>/list/", combinations.save_list, name="combination_list"),
    path(
        "combinations/<int:first>-<int:second>-<int:third>/list/",
        combinations.save_list,
        name="combination_list_of_three",
    ),
    # Customers.
    path("customers/", customers.index, name="customers"),
    path("customers/bulk/", customers.bulk, name="customers_bulk"),
    path("customers/columns/", customers.choose_columns, name="customers_columns"),
    path("customers/views/", customers.save_view, name="customers_view_save"),
    path("customers/views/<int:pk>/delete/", customers.delete_view, name="customers_view_delete"),
    path("customers/merge/", customer_merging.chosen, name="customers_merge"),
    path("customers/merges/<uuid:uuid>/split/", customer_identities.split, name="customer_split"),
    path("customers/<uuid:uuid>/identities/", customer_identities.why, name="customer_identities"),
    path("customers/<uuid:uuid>/merge/", customer_merging.merge, name="customer_merge"),
    path("customers/companies/new/", customer_relations.new_company, name="company_new"),
    path("customers/<uuid:uuid>/relations/", customer_relations.connect, name="relation_new"),
    path("customers/<uuid:uuid>/relations/<int:pk>/remove/", customer_relations.disconnect, name="relation_remove"),
    path("customers/<uuid:uuid>/kind/", customer_relations.set_kind, name="customer_kind"),
    path("customers/<uuid:uuid>/", customer.profile, name="customer"),
    path("customers/<uuid:uuid>/edit/", customer.edit, name="customer_edit"),
    path("customers/<uuid:uuid>/tags/", customer.tag, name="customer_tag"),
    path("customers/<uuid:uuid>/contacts/<int:contact_id>/", customer.reveal, name="customer_reveal"),
    # Set-up and one-time links.
    path("start/", setup.start, name="start"),
    path("setup/<str:token>/", setup.found, name="setup"),
    path("welcome/", setup.welcome, name="welcome"),
    path("enter/<str:token>/", setup.enter, name="enter"),
    # Team.
    path("team/", team.members, name="team"),
    path("team/invite/", team.invite, name="team_invite"),
    path("team/<int:pk>/", team.member, name="team_member"),
    path("team/<int:pk>/link/", team.link, name="team_link"),
    path("team/<int:pk>/deactivate/", team.deactivate, name="team_deactivate"),
    path("team/<int:pk>/reactivate/", team.reactivate, name="team_reactivate"),
    # The person's own account.
    path("profile/", profile.profile, name="profile"),
    path("language/", language.switch, name="language"),
    # Company and shops.
    path("settings/", company.settings, name="company"),
    path("shops/", company.shops, name="shops"),
    path("shops/<int:pk>/", company.shop, name="shop"),
    # What happened, and what is happening.
    path("audit/", audit.log, name="audit"),
    path("jobs/", jobs.queue, name="jobs"),
    path("jobs/<int:pk>/", jobs.progress, name="job"),
    path("jobs/<int:pk>/cancel/", jobs.cancel, name="job_cancel"),
    path("outbox/", outbox.mail, name="outbox"),
    path("outbox/<str:name>/", outbox.message, name="outbox_message"),
    path("outbox/<str:name>/files/<int:number>/", outbox.enclosed, name="outbox_file"),
    path("system/", about.system, name="about"),
]
