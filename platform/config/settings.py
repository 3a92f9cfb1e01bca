"""Every setting of Drydock, read from the environment; docs/settings.md lists each, and a test sees to that.

A secret `NAME` may also be given as a file in `NAME_FILE`.
"""

import hashlib
import os
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parents[2]

env = environ.FileAwareEnv()

# --- Where things are ---------------------------------------------------------------------------------------------

VAR_DIR = Path(env.str("DRYDOCK_VAR", default=str(BASE_DIR / "var"))).resolve()
LESSONS_DIR = Path(env.str("DRYDOCK_LESSONS", default=str(BASE_DIR / "lessons"))).resolve()
BIND = env.str("DRYDOCK_BIND", default="127.0.0.1")
PORT = env.int("DRYDOCK_PORT", default=8000)

# --- Django -------------------------------------------------------------------------------------------------------

# `manage.py up` makes a random key in var/ and passes it on; the fallback only serves commands that sign nothing.
SECRET_KEY = env.str("DRYDOCK_SECRET_KEY", default="unsafe-key-for-commands-that-sign-nothing-0123456789-abcdefghij")
# The demo accounts' password when `manage.py up` makes them; empty: a random one, printed once.
DEMO_PASSWORD = env.str("DRYDOCK_DEMO_PASSWORD", default="")
DEBUG = env.bool("DRYDOCK_DEBUG", default=False)
# Production means: served over HTTPS by a proxy. Cookies are then secure and browsers are told to stay on HTTPS.
PRODUCTION = env.bool("DRYDOCK_PRODUCTION", default=False)
ALLOWED_HOSTS = env.list("DRYDOCK_ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("DRYDOCK_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "xterm",
    "core",
    "accounts",
    "sandboxes",
    "curriculum",
    "grading",
    "terminal",
    "learn",
    "operate",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "accounts.access.RoleBackend"]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "catalogue"
LOGOUT_REDIRECT_URL = "sign_in"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# Load balancers ask for health over plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None

LANGUAGE_CODE = "en"
TIME_ZONE = env.str("DRYDOCK_TIME_ZONE", default="UTC")
USE_TZ = True

# --- Database -----------------------------------------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'drydock.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # WAL lets pages read while a worker writes; IMMEDIATE takes the write lock at BEGIN, so that a transaction waits
    # its turn instead of failing half-way (https://www.sqlite.org/lang_transaction.html).
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }

# --- Redis: broker and channel layer ------------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default=f"unix://{VAR_DIR / 'redis.sock'}")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "drydock"},
    },
}

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True  # a task whose worker is killed is delivered again; every task is safe to run twice
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_TIME_LIMIT = 120
# A task taken by a worker that died is handed out again after this many seconds; longer than any task may run.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 150, "socket_timeout": 5, "socket_connect_timeout": 3}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1, "interval_max": 0.2}
CELERY_WORKER_CONCURRENCY = env.int("DRYDOCK_WORKERS", default=os.cpu_count() or 2)
CELERY_TIMEZONE = TIME_ZONE

# --- Sandboxes ----------------------------------------------------------------------------------------------------

# The engine that the default host talks to. `manage.py up` sets it; an operator may set it to an engine of their own.
DOCKER_HOST = env.str("DOCKER_HOST", default="")
ENGINE_DIR = VAR_DIR / "engine"
# One small tmpfs a machine is mounted below this folder and holds the PTY server's socket.
SOCKETS_DIR = VAR_DIR / "sockets"
HOMES_DIR = VAR_DIR / "homes"
# How terminals of the default host are reached: socket (same machine, root), exec (over the engine), auto finds out.
TRANSPORT = env.str("DRYDOCK_TRANSPORT", default="auto")
# Labels every container, network, volume and snapshot of this installation, so that two on one engine never meet.
INSTALLATION = env.str(
    "DRYDOCK_INSTALLATION", default=f"drydock-{hashlib.sha256(str(VAR_DIR).encode()).hexdigest()[:6]}"
)
# Warm machines to keep, by machine kind.
POOL = env.dict("DRYDOCK_POOL", cast={"value": int}, default={"linux": 2})
# Machines that may exist at once on one host, warm ones included; beyond it students queue.
MACHINES_MAX = env.int("DRYDOCK_MACHINES_MAX", default=40)
START_CONCURRENCY = env.int("DRYDOCK_START_CONCURRENCY", default=os.cpu_count() or 2)
SANDBOX_IDLE_MINUTES = env.int("DRYDOCK_SANDBOX_IDLE_MINUTES", default=20)
SANDBOX_LIFETIME_MINUTES = env.int("DRYDOCK_SANDBOX_LIFETIME_MINUTES", default=120)
SANDBOX_EXTENSION_MINUTES = env.int("DRYDOCK_SANDBOX_EXTENSION_MINUTES", default=60)
SANDBOX_LIFETIME_MAX_MINUTES = env.int("DRYDOCK_SANDBOX_LIFETIME_MAX_MINUTES", default=480)
HOME_MAX_BYTES = env.int("DRYDOCK_HOME_MAX_BYTES", default=50 * 1000 * 1000)

# --- Static files -------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
NODE_MODULES_DIR = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    *[
        (f"vendor/{name}", NODE_MODULES_DIR / "@xterm" / name)
        for name in (
            "xterm",
            "addon-clipboard",
            "addon-fit",
            "addon-search",
            "addon-unicode-graphemes",
            "addon-web-links",
            "addon-webgl",
        )
        if (NODE_MODULES_DIR / "@xterm" / name).is_dir()
    ],
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# `manage.py up` collects static files; only a developer serves them from where they lie.
WHITENOISE_USE_FINDERS = DEBUG

# --- Logs ---------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("DRYDOCK_LOG_LEVEL", default="INFO")},
}
