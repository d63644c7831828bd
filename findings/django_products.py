"""A Django site with django-allauth's and django-otp-webauthn's passkeys, in memory."""
import json
import sys
import types

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="a secret of fifty characters for the length of a test",
    ALLOWED_HOSTS=["example.com"], USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", ROOT_URLCONF="site_urls",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
                    "allauth", "allauth.account", "allauth.mfa", "django_otp", "django_otp_webauthn"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
                "django_otp.middleware.OTPMiddleware", "allauth.account.middleware.AccountMiddleware"],
    AUTHENTICATION_BACKENDS=["django.contrib.auth.backends.ModelBackend", "allauth.account.auth_backends.AuthenticationBackend",
                             "django_otp_webauthn.backends.WebAuthnBackend"],
    MFA_SUPPORTED_TYPES=["webauthn"], MFA_PASSKEY_LOGIN_ENABLED=True,
    OTP_WEBAUTHN_RP_NAME="rp", OTP_WEBAUTHN_RP_ID="example.com", OTP_WEBAUTHN_ALLOWED_ORIGINS=["https://example.com"],
)
sys.modules["site_urls"] = types.ModuleType("site_urls")
django.setup()

from allauth.core import context  # noqa: E402
from allauth.mfa.webauthn.internal import auth  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client, RequestFactory  # noqa: E402
from django.urls import include, path  # noqa: E402

sys.modules["site_urls"].urlpatterns = [path("accounts/", include("allauth.urls")), path("otp/", include("django_otp_webauthn.urls"))]
call_command("migrate", verbosity=0)


def otp_options(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return json.loads(client.post("/otp/registration/begin/", content_type="application/json", data="{}", headers={"host": "example.com"}, secure=True).content)


def allauth_request(user):
    """A request context in which allauth's own functions run."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    request = RequestFactory().get("/", secure=True, headers={"host": "example.com"})
    request.session, request.user = client.session, user
    return context.request_context(request)


def allauth_options(user):
    with allauth_request(user):
        return auth.begin_registration(user, True)["publicKey"]
