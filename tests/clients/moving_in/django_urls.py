"""The addresses of the Django project of the tests."""

from django.urls import include, path

urlpatterns = [
    path("otp/", include("django_otp_webauthn.urls", namespace="otp_webauthn")),
    path("accounts/", include("allauth.urls")),
]
