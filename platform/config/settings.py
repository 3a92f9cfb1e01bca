"""Read every setting of Drydock from the environment.

docs/settings.md lists each, and a test sees to that. A secret `NAME` may also be given as a file
in `NAME_FILE`.
"""

import hashlib
import os
from datetime import timedelta
from pathlib import Path

import environ

from config import csp
from config.admin.appearance import UNFOLD as UNFOLD
from config.page_templates import TEMPLATES as TEMPLATES
from config.static_files import PACKAGE_FILES as PACKAGE_FILES
from config.static_files import XTERM_MODULES as XTERM_MODULES
from config.static_files import editor_modules, static_folders
from core.budgets import AUTHOR
from core.logging.configuration import logging_configuration

BASE_DIR = Path(__file__).resolve().parents[2]

env = environ.FileAwareEnv()


def read_if_there(file: Path) -> str:
    """Return the text of a file; empty without one, or when it is not ours to read."""
    try:
        return file.read_text().strip()
    except OSError:
        return ""


# --- Where things are ----------------------------------------------------------------------------

VAR_DIR = Path(env.str("DRYDOCK_VAR", default=str(BASE_DIR / "var"))).resolve()
LESSONS_DIR = Path(env.str("DRYDOCK_LESSONS", default=str(BASE_DIR / "lessons"))).resolve()
BIND = env.str("DRYDOCK_BIND", default="127.0.0.1")
PORT = env.int("DRYDOCK_PORT", default=8000)
# How many processes serve pages and terminals; they share the port.
WEB_PROCESSES = env.int("DRYDOCK_WEB_PROCESSES", default=1)

# --- Django --------------------------------------------------------------------------------------

# `manage.py up` makes a random key in var/ and passes it on. The last resort only serves commands
# that sign and encrypt nothing, before the first start (accounts/encryption.py refuses it).
UNSAFE_KEY = "unsafe-key-for-commands-that-sign-nothing-0123456789-abcdefghij"
SECRET_KEY = (
    env.str("DRYDOCK_SECRET_KEY", default="") or read_if_there(VAR_DIR / "secret-key") or UNSAFE_KEY
)
# Old keys: what they signed and encrypted is still good (docs/operating.md, "Changing the key").
SECRET_KEY_FALLBACKS = env.list("DRYDOCK_SECRET_KEY_FALLBACKS", default=[])
# Whether `manage.py up` makes the accounts `student` and `instructor` in an empty database. `make
# run` asks for it where the site is not in production.
DEMO_ACCOUNTS = env.bool("DRYDOCK_DEMO_ACCOUNTS", default=False)
# The demo accounts' password when `manage.py up` makes them; empty: a random one, printed once.
DEMO_PASSWORD = env.str("DRYDOCK_DEMO_PASSWORD", default="")
DEBUG = env.bool("DRYDOCK_DEBUG", default=False)
# Served over HTTPS by a proxy: cookies are secure and browsers are told to stay on HTTPS.
PRODUCTION = env.bool("DRYDOCK_PRODUCTION", default=False)
ALLOWED_HOSTS = env.list("DRYDOCK_ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
# Below this name each port of a machine has an origin of its own; empty: a path, sandboxed.
PORTS_HOST = env.str("DRYDOCK_PORTS_HOST", default="ports.localhost")
CSRF_TRUSTED_ORIGINS = env.list("DRYDOCK_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "unfold",  # before the admin, whose templates it replaces
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "core.static.collected_files.StaticFiles",  # django.contrib.staticfiles, less source maps
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "channels",
    "xterm",
    "core",
    "accounts",
    "sandboxes",
    "curriculum",
    "grading",
    "terminal",
    "api",
    "learn",
    "operate",
]

MIDDLEWARE = [
    "core.logging.request_log.request_log",
    "config.middleware.answer_probes",  # before all that asks who is asked, and by which name
    "api.middleware.guard_api",  # before all that may answer with an error
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.PolicyMiddleware",
    "core.maintenance.maintenance",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    # last: it turns the answer to a locked-out sign-in into a page of its own
    "axes.middleware.AxesMiddleware",
    "core.logging.request_log.keep_in_one_thread",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "catalogue"
LOGOUT_REDIRECT_URL = "sign_in"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

VALIDATORS = ("UserAttributeSimilarity", "MinimumLength", "CommonPassword", "NumericPassword")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}Validator"} for name in VALIDATORS
]

CONTENT_SECURITY_POLICY = {"DIRECTIVES": csp.DIRECTIVES}
CSRF_FAILURE_VIEW = "config.error_pages.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Names that no program in a machine has for its own cookies; with the prefix, browsers let no other
# name of the domain set them.
COOKIE_PREFIX = "__Host-" if PRODUCTION else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}drydock_session"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}drydock_csrf"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# Load balancers ask for health over plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PRODUCTION
# How long browsers are told to stay on HTTPS, and whether for all names below this one, too. The
# preload list of browsers is hard to leave: https://hstspreload.org.
HSTS_SECONDS = env.int("DRYDOCK_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_SECONDS = HSTS_SECONDS if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("DRYDOCK_HSTS_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.bool("DRYDOCK_HSTS_PRELOAD", default=False)
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # the two before: the operator's
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None

LANGUAGE_CODE = "en"
# `manage.py makemessages -l xx` and `… -d djangojs` write there what is to be translated, of
# templates and of scripts.
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("DRYDOCK_TIME_ZONE", default="UTC")
USE_TZ = True

# --- Accounts ------------------------------------------------------------------------------------

# Who may make an account: anybody (open), whoever has an invitation (invitation), nobody (closed).
SIGN_UP = env.str("DRYDOCK_SIGN_UP", default="open")
if SIGN_UP not in ("open", "invitation", "closed"):
    raise ValueError(f"DRYDOCK_SIGN_UP is open, invitation or closed, not {SIGN_UP!r}")
# What visitors without an account may do: nothing (no), or read published lessons (read).
GUESTS = env.str("DRYDOCK_GUESTS", default="no")
if GUESTS not in ("no", "read"):
    raise ValueError(f"DRYDOCK_GUESTS is no or read, not {GUESTS!r}")
# Whether who signs up must confirm the e-mail address first. Off where no mail can be sent.
VERIFY_EMAIL = env.bool("DRYDOCK_VERIFY_EMAIL", default=True)
# Failed sign-ins with one name from one address, and how long the pair is locked out then.
SIGN_IN_FAILURES = env.int("DRYDOCK_SIGN_IN_FAILURES", default=8)
SIGN_IN_LOCK_MINUTES = env.int("DRYDOCK_SIGN_IN_LOCK_MINUTES", default=15)

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "accounts.sign_in.backends.RoleBackend",
]
ACCOUNT_ADAPTER = "accounts.sign_in.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.pages.forms.SignInForm",
    "signup": "accounts.pages.forms.SignUpForm",
    "add_email": "accounts.pages.forms.AddEmailForm",
    "change_password": "accounts.pages.forms.ChangePasswordForm",
    "reset_password": "accounts.pages.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.pages.forms.ResetPasswordKeyForm",
    "reauthenticate": "accounts.pages.forms.ReauthenticateForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
RESERVED_NAMES = "admin administrator root drydock operator instructor student"
ACCOUNT_USERNAME_BLACKLIST = RESERVED_NAMES.split()
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if VERIFY_EMAIL else "none"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser that signed up
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"
# A class signs in at once from behind one address; a single name is axes' concern, below.
ACCOUNT_RATE_LIMITS = {"login": "240/m/ip", "login_failed": "120/m/ip", "signup": "60/m/ip"}
MFA_ADAPTER = "accounts.sign_in.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "accounts.pages.forms.CodeForm",
    "activate_totp": "accounts.pages.forms.ActivateForm",
}
MFA_TOTP_ISSUER = "Drydock"
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
AXES_FAILURE_LIMIT = SIGN_IN_FAILURES
AXES_COOLOFF_TIME = timedelta(minutes=SIGN_IN_LOCK_MINUTES)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_USERNAME_CALLABLE = "accounts.sign_in.lockout.attempted_name"
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

# Mail: files in var/mail unless a server is named (https://django-environ.readthedocs.io).
EMAIL_BACKEND, EMAIL_FILE_PATH = "core.mail.MailFolder", str(VAR_DIR / "mail")
if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str(
    "DRYDOCK_EMAIL_FROM", default="Drydock <drydock@localhost>"
)

DATA_UPLOAD_MAX_NUMBER_FIELDS = AUTHOR.form_fields

# --- Database ------------------------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'drydock.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # WAL lets pages read while a worker writes; IMMEDIATE takes the write lock at BEGIN, so that a
    # transaction waits its turn instead of failing half-way
    # (https://www.sqlite.org/lang_transaction.html).
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }

# --- Redis: broker, channel layer, and a cache for counts ----------------------------------------

REDIS_URL = env.str("REDIS_URL", default=f"unix://{VAR_DIR / 'redis.sock'}")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "drydock"},
    },
}

# Limits are counted here (the API's, sign-ins by address, used codes), so that they hold over all
# web processes.
CACHES = {
    "default": {
        "BACKEND": "core.shared_cache.SharedCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "drydock-cache",
    },
}

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_IGNORE_RESULT = True
# A task whose worker is killed is delivered again; every task is safe to run twice.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_TIME_LIMIT = 120
# A dead worker's task is handed out again after `visibility_timeout`; longer than any may run.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 150,
    "socket_timeout": 5,
    "socket_connect_timeout": 3,
    # In the order in which a worker names its queues.
    "queue_order_strategy": "priority",
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1, "interval_max": 0.2}
# One more than processors: a worker that starts a machine mostly waits for the engine.
WORKERS = env.int("DRYDOCK_WORKERS", default=(os.cpu_count() or 2) + 1)
CELERY_WORKER_CONCURRENCY = WORKERS
# A start waits behind no other work, and grading has a worker of its own.
CELERY_TASK_ROUTES = {"sandboxes.provision*": {"queue": "starts"}}
GRADERS = env.int("DRYDOCK_GRADERS", default=2 * (os.cpu_count() or 2))
CELERY_TIMEZONE = TIME_ZONE

# --- Sandboxes -----------------------------------------------------------------------------------

# The default host's engine. `manage.py up` sets it; an operator may name an engine of their own.
DOCKER_HOST = env.str("DOCKER_HOST", default="")
ENGINE_DIR = VAR_DIR / "engine"
# One small tmpfs a machine is mounted below this folder and holds the PTY server's socket.
SOCKETS_DIR = VAR_DIR / "sockets"
HOMES_DIR = VAR_DIR / "homes"
# How terminals are reached: socket (same machine, root), exec (over the engine), auto finds out.
TRANSPORT = env.str("DRYDOCK_TRANSPORT", default="auto")
# Labels all of this installation on an engine, so that two on one engine never meet.
INSTALLATION = env.str(
    "DRYDOCK_INSTALLATION",
    default=f"drydock-{hashlib.sha256(str(VAR_DIR).encode()).hexdigest()[:6]}",
)
# The engine's runtime for a machine type ("docker=runsc,vm=kata"); others get the default.
RUNTIMES = env.dict("DRYDOCK_RUNTIMES", default={})
# Machine types whose guests may run on the host's KVM, once one has booted on it; others emulate.
KVM_KINDS = env.list("DRYDOCK_KVM_KINDS", default=[])
# Without user namespaces root in a docker machine is root on the host: refused unless this is set.
DANGEROUSLY_ALLOW_DOCKER_MACHINES_WITHOUT_USERNS = env.bool(
    "DRYDOCK_DANGEROUSLY_ALLOW_DOCKER_MACHINES_WITHOUT_USERNS", default=False
)
# Whether preloaded images of docker machines are called nginx, too, besides drydock/nginx.
PRELOADED_USUAL_NAMES = env.bool("DRYDOCK_PRELOADED_USUAL_NAMES", default=False)
# A registry beside each host's machines, which docker machines reach as registry:5000.
REGISTRY = env.bool("DRYDOCK_REGISTRY", default=True)
# What a student's images may take, a blob counted once for each repository, and what all may.
REGISTRY_QUOTA_BYTES = env.int("DRYDOCK_REGISTRY_QUOTA_BYTES", default=500 * 1000 * 1000)
REGISTRY_TOTAL_BYTES = env.int("DRYDOCK_REGISTRY_TOTAL_BYTES", default=5 * 1000 * 1000 * 1000)
# A registry to be a cache of, such as https://registry-1.docker.io; empty: none.
REGISTRY_MIRROR = env.str("DRYDOCK_REGISTRY_MIRROR", default="")
# Pooled machines to keep in any case, by machine type.
POOL = env.dict("DRYDOCK_POOL", cast={"value": int}, default={"linux": 2})
# Memory of a host's pooled machines, by their limits; without it, this share of the host's.
POOL_MEMORY_BYTES = env.int("DRYDOCK_POOL_MEMORY_BYTES", default=None)
POOL_MEMORY_SHARE = env.float("DRYDOCK_POOL_MEMORY_SHARE", default=0.25)
# Types that nobody has requested for so long, and no published lesson names, leave the pool.
POOL_IDLE_MINUTES = env.int("DRYDOCK_POOL_IDLE_MINUTES", default=30)
# Machines that may exist at once on one host, pooled ones included; beyond it students queue.
MACHINES_MAX = env.int("DRYDOCK_MACHINES_MAX", default=40)
# Per cent of a host's memory, disk, files, terminals, processes and kernel keys that are kept for
# the machines that are there: with less left, no new ones start.
HOST_RESERVE_PERCENT = env.int("DRYDOCK_HOST_RESERVE_PERCENT", default=10)
START_CONCURRENCY = env.int("DRYDOCK_START_CONCURRENCY", default=(os.cpu_count() or 2) + 1)
# Machines that one lesson may have.
MACHINES_PER_SANDBOX = env.int("DRYDOCK_MACHINES_PER_SANDBOX", default=6)
# Images that lessons may name or build on; * stands for any part of a name.
IMAGES_ALLOWED = env.list("DRYDOCK_IMAGES_ALLOWED", default=[])
BUILD_MEMORY_BYTES = env.int("DRYDOCK_BUILD_MEMORY_BYTES", default=1024**3)
BUILD_SECONDS = env.int("DRYDOCK_BUILD_SECONDS", default=600)
BUILD_PRIVATE_NETWORKS = env.list("DRYDOCK_BUILD_PRIVATE_NETWORKS", default=[])
BUILD_IMAGE_MAX_BYTES = env.int("DRYDOCK_BUILD_IMAGE_MAX_BYTES", default=2 * 1024**3)
SANDBOX_IDLE_MINUTES = env.int("DRYDOCK_SANDBOX_IDLE_MINUTES", default=20)
SANDBOX_LIFETIME_MINUTES = env.int("DRYDOCK_SANDBOX_LIFETIME_MINUTES", default=120)
SANDBOX_EXTENSION_MINUTES = env.int("DRYDOCK_SANDBOX_EXTENSION_MINUTES", default=60)
SANDBOX_LIFETIME_MAX_MINUTES = env.int("DRYDOCK_SANDBOX_LIFETIME_MAX_MINUTES", default=480)
# How long one exercise's setup script may take in a student's machine.
SETUP_SECONDS = env.int("DRYDOCK_SETUP_SECONDS", default=30)
HOME_MAX_BYTES = env.int("DRYDOCK_HOME_MAX_BYTES", default=50 * 1000 * 1000)
# What is stored of a machine with one submission, as JSON before it is compressed.
EVIDENCE_MAX_BYTES = env.int("DRYDOCK_EVIDENCE_MAX_BYTES", default=2 * 1000 * 1000)
# Auto-checks: the least seconds between two for one student (0: none), and how many at once.
LIVE_CHECK_SECONDS = env.int("DRYDOCK_LIVE_CHECK_SECONDS", default=3)
LIVE_CHECKS_AT_ONCE = env.int("DRYDOCK_LIVE_CHECKS_AT_ONCE", default=1)
# What all machines of one student on a host may write together, where its disk can count so.
STUDENT_DISK_BYTES = env.int("DRYDOCK_STUDENT_DISK_BYTES", default=4 * 1024**3)
# What one user may have at once, and may ask of the API in a minute.
SANDBOXES_PER_USER = env.int("DRYDOCK_SANDBOXES_PER_USER", default=5)
API_READS_PER_MINUTE = env.int("DRYDOCK_API_READS_PER_MINUTE", default=600)
API_CHANGES_PER_MINUTE = env.int("DRYDOCK_API_CHANGES_PER_MINUTE", default=120)

# --- Static files --------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
NODE_MODULES_DIR = BASE_DIR / "node_modules"
STATICFILES_DIRS = static_folders(BASE_DIR, NODE_MODULES_DIR)
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "core.static.package_files.PackageFiles",
]
EDITOR_MODULES = editor_modules()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "core.static.storage.HashedStaticFiles"},
}
# `manage.py up` collects static files; only a developer serves them from where they lie.
WHITENOISE_USE_FINDERS = DEBUG

# --- Logs ----------------------------------------------------------------------------------------

LOG_LEVEL = env.str("DRYDOCK_LOG_LEVEL", default="INFO")
# line: for people; json: one object a line, for a log store.
LOG_FORMAT = env.str("DRYDOCK_LOG_FORMAT", default="line")
if LOG_FORMAT not in ("line", "json"):
    raise ValueError(f"DRYDOCK_LOG_FORMAT is line or json, not {LOG_FORMAT!r}")
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
LOGGING = logging_configuration(LOG_LEVEL, LOG_FORMAT)
# Of each program under `manage.py up`: bytes of a file, and how many, the newest included.
LOG_BYTES = env.int("DRYDOCK_LOG_BYTES", default=5_000_000)
LOG_FILES = env.int("DRYDOCK_LOG_FILES", default=4)
