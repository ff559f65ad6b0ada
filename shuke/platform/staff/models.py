"""Staff accounts."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac
from typing_extensions import override

from shuke.platform.staff.permissions import TABLE
from shuke.platform.staff.roles import Role


class StaffManager(BaseUserManager["Staff"]):
    """Creates accounts and finds them by e-mail, whatever its case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Staff":
        """Create an account; without a password it can only be entered through a link."""
        staff = self.model(email=email.strip().lower(), **fields)
        staff.set_password(password)
        staff.save(using=self._db)
        return staff

    @override
    def get_by_natural_key(self, username: str | None) -> "Staff":
        """Find by e-mail, ignoring case."""
        return self.get(email__iexact=username)


class Staff(AbstractBaseUser):
    """A member of staff who can log in."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150)
    role = models.CharField(max_length=16, choices=Role.choices)
    # Empty means: follow the browser, then the company.
    language = models.CharField(max_length=10, blank=True, default="")
    time_zone = models.CharField(max_length=64, blank=True, default="")
    # Which columns this person wants to see of a list, by the name of the list.
    list_columns = models.JSONField(default=dict)
    is_active = models.BooleanField(default=True)
    # How many notices wait unread: kept here, since every page reads its person anyway.
    unread_notices = models.PositiveIntegerField(default=0)
    # Part of what every session of this person is checked against: adding one ends them all.
    session_epoch = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    objects: ClassVar[StaffManager] = StaffManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    @override
    def __str__(self) -> str:
        return self.name or self.email

    def may(self, permission: str) -> bool:
        """Whether this person may do ``permission``; an inactive account may do nothing."""
        return self.is_active and TABLE.allows(self.role, permission)

    def get_full_name(self) -> str:
        """Return the name shown to colleagues."""
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what a session must carry to stay valid: it changes with the password and with the epoch."""
        fingerprint = f"{self.password}\0{self.session_epoch}\0{self.role}"
        return salted_hmac("shuke.staff.session", fingerprint, secret=secret, algorithm="sha256").hexdigest()


class ApiKey(models.Model):
    """A key with which a program acts through the API. Only a digest of its secret is stored."""

    name = models.CharField(max_length=80)
    # The public half, by which a presented key is found.
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    created_by = models.CharField(max_length=80)
    created_by_label = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    # To within a minute: writing it on every call would make every read a write.
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    @override
    def __str__(self) -> str:
        return self.name
