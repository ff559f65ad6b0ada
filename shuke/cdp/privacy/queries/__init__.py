"""Questions about privacy requests."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from shuke.cdp.events import queries as events
from shuke.cdp.privacy import errors, rules
from shuke.cdp.privacy.models import Archive, Certificate, PrivacyRequest, RequestState, RetentionRun
from shuke.cdp.privacy.rules import PrivacySettings
from shuke.platform.company import queries as company

OPEN = (RequestState.RECEIVED, RequestState.CHECKED, RequestState.RUNNING)


def settings() -> PrivacySettings:
    """Return the terms the company set."""
    return company.settings_of(rules.SETTINGS, PrivacySettings)


def requests(*, only_open: bool) -> QuerySet[PrivacyRequest]:
    """Return requests, for lists that order them; open ones only, if asked."""
    found = PrivacyRequest.objects.select_related("customer")
    return found.filter(state__in=OPEN) if only_open else found


def open_count() -> int:
    """Return how many requests wait for somebody."""
    return PrivacyRequest.objects.filter(state__in=OPEN).count()


def overdue_count(*, now: datetime) -> int:
    """Return how many requests should have been answered by now."""
    return PrivacyRequest.objects.filter(state__in=OPEN, due_on__lt=now.date()).count()


def find_request(uuid: UUID) -> PrivacyRequest:
    """Return a request. Raises ``UnknownRequest``."""
    found = PrivacyRequest.objects.select_related("customer").filter(uuid=uuid).first()
    if found is None:
        raise errors.UnknownRequest(_("There is no such request."))
    return found


def requests_of(customer_id: int) -> list[PrivacyRequest]:
    """Return what a customer asked for, newest first."""
    return list(PrivacyRequest.objects.filter(customer_id=customer_id).order_by("-received_at", "-pk"))


def archive_of(request: PrivacyRequest) -> Archive | None:
    """Return the archive made for a request."""
    return Archive.objects.filter(request=request).order_by("-pk").first()


def certificate_of(request: PrivacyRequest) -> Certificate | None:
    """Return the proof that a request was carried out."""
    return Certificate.objects.filter(request=request).order_by("-pk").first()


def find_certificate(uuid: UUID) -> Certificate | None:
    """Return a certificate by public id."""
    return Certificate.objects.filter(uuid=uuid).first()


def has_warehouse_followed(certificate: Certificate) -> bool:
    """Whether the warehouse has read the log as far as the certificate speaks of."""
    return events.cursor_of("warehouse") >= certificate.log_position


def last_runs(limit: int = 10) -> list[RetentionRun]:
    """Return the latest runs of the retention policies."""
    return list(RetentionRun.objects.order_by("-pk")[:limit])
