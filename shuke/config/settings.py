"""Django settings, read from the environment. Everything a company edits itself lives in the database instead."""

import os
from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from shuke.config import env
from shuke.platform.crypto import secret_key

PACKAGE = Path(__file__).resolve().parents[1]
SHUKE_HOME = env.home()
SHUKE_HOME.mkdir(mode=0o700, parents=True, exist_ok=True)
SHUKE_KEYS_DIR = SHUKE_HOME / "keys"
SHUKE_FILES_DIR = SHUKE_HOME / "files"
SHUKE_WAREHOUSE = env.warehouse(os.environ.get("SHUKE_WAREHOUSE_URL", ""), SHUKE_HOME)
SHUKE_WAREHOUSE_MEMORY = os.environ.get("SHUKE_WAREHOUSE_MEMORY", "2GB")
SHUKE_PUBLIC = env.public_url(os.environ.get("SHUKE_URL", "http://127.0.0.1:8000"))

DEBUG = False
SECRET_KEY = secret_key.read(SHUKE_KEYS_DIR)
# Hosts in one's own network that connections to shops may reach, separated by spaces.
SHUKE_OUTGOING_ALLOWED = tuple(os.environ.get("SHUKE_OUTGOING_ALLOWED", "").split())
ALLOWED_HOSTS = sorted({SHUKE_PUBLIC.host.strip("[]"), "127.0.0.1", "localhost", "[::1]"})
CSRF_TRUSTED_ORIGINS = [SHUKE_PUBLIC.url]

# Storeys are listed from the bottom up; a domain that is not built yet is simply not there.
_DOMAINS = [
    "platform.company",
    "platform.staff",
    "platform.audit",
    "platform.jobs",
    "platform.http",
    "platform.imports",
    "platform.notices",
    "cdp.events",
    "cdp.customers",
    "cdp.attributes",
    "cdp.quality",
    "cdp.catalog",
    "cdp.orders",
    "cdp.privacy",
    "cdp.ingest",
    "cdp.warehouse",
    "insight.value",
    "insight.predictions",
    "insight.forecasts",
    "insight.recommendations",
    "insight.voice",
    "insight.segments",
    "insight.traits",
    "insight.analytics",
    "crm.channels",
    "crm.templates",
    "crm.messaging",
    "crm.team",
    "journeys.campaigns",
    "journeys.journeys",
    "crm.audiences",
    "integrations",
    "api",
    "web",
]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "shuke.platform.ui",  # before allauth: its templates replace allauth's
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_cotton",
    "django_htmx",
    *(f"shuke.{name}" for name in _DOMAINS if (PACKAGE / name.replace(".", "/") / "apps.py").exists()),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "shuke.platform.http.middleware.RequestContext",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "shuke.config.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["django_cotton.templatetags.cotton", "shuke.platform.ui.templatetags.ui"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    }
]
ASGI_APPLICATION = "shuke.config.asgi.application"

DATABASES = {"default": env.database(os.environ.get("SHUKE_DATABASE_URL", ""), SHUKE_HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SESSION_ENGINE = "django.contrib.sessions.backends.db"

AUTH_USER_MODEL = "staff.Staff"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "shuke.platform.http.accounts.StaffAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key", "reset_password": "20/m/ip,5/m/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Shuke"

# Through the mail server that the company entered; without one, staff mail lands in files that a page shows.
EMAIL_BACKEND = "shuke.platform.notices.backend.StaffMail"
EMAIL_FILE_PATH = SHUKE_HOME / "outbox"
DEFAULT_FROM_EMAIL = os.environ.get("SHUKE_MAIL_FROM", f"shuke@{SHUKE_PUBLIC.host}")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [PACKAGE / "locale"]
LANGUAGE_COOKIE_NAME = "shuke_language"
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": SHUKE_FILES_DIR}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o600
# Where the body of a large upload waits: beside its destination, since /tmp may be memory.
FILE_UPLOAD_TEMP_DIR = str(SHUKE_FILES_DIR / "incoming")
Path(FILE_UPLOAD_TEMP_DIR).mkdir(mode=0o700, parents=True, exist_ok=True)
SHUKE_IMPORT_MOST_BYTES = int(float(os.environ.get("SHUKE_IMPORT_LIMIT_GB", "4")) * 1024**3)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SHUKE_PUBLIC.is_https
SESSION_COOKIE_NAME = "__Host-shuke" if SHUKE_PUBLIC.is_https else "shuke"
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SHUKE_PUBLIC.is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SHUKE_PUBLIC.is_https
if env.flag("SHUKE_BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("SHUKE_LOG_LEVEL", "WARNING")},
    "loggers": {"shuke": {"level": os.environ.get("SHUKE_LOG_LEVEL", "INFO")}},
}
