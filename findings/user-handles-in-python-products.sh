#!/usr/bin/env bash
# Three Python products, one user, three kinds of user handle: base 36 text, 64 random bytes kept as hex, a UUID's 16 bytes.
# Seen with: PyPI django-allauth 65.22.1, django-otp-webauthn 0.10.3, paskia 1.5.4 (Django 5.2.19).
# Seen: allauth turns key 1234 into the two letters "ya" and a UUID key into 32 hex digits as text; django-otp-webauthn draws 64
#   bytes for the user and keeps them as 128 hex digits in a table of their own; paskia sends the UUID's bytes as they are.
# Rows of the passkey table alone do not say what the authenticator will send back: an importer that puts the user's id there
# refuses every one of these users.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
python_env django==5.2.19 django-allauth[mfa]==65.22.1 django-otp-webauthn==0.10.3 paskia==1.5.4
cp "$HERE/django_products.py" .
cat >finding.py <<'PY'
import base64, uuid
from types import SimpleNamespace
import django_products as products
from django.contrib.auth.models import User
from django_otp_webauthn.models import WebAuthnUserHandle

def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

user = User.objects.create_user("a", id=1234)
print(f"django-allauth, key 1234: {decode(products.allauth_options(user)['user']['id'])!r}")
from allauth.account import utils
from django.db import models
class ByUuid(models.Model):
    id = models.UUIDField(primary_key=True)
    class Meta:
        app_label = "auth"
utils.get_user_model = lambda: ByUuid
sample = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")
print(f"django-allauth, a UUID key: {utils.user_pk_to_url_str(ByUuid(id=sample)).encode()!r}")
handle = decode(products.otp_options(user)["user"]["id"])
row = WebAuthnUserHandle.objects.get(user=user)
print(f"django-otp-webauthn: {len(handle)} bytes, again the same: {handle == decode(products.otp_options(user)['user']['id'])}, kept as {len(row.handle_hex)} hex digits: {bytes.fromhex(row.handle_hex) == handle}")
from paskia.sansio import Passkey
options, _ = Passkey(rp_id="example.com", rp_name="rp").reg_generate_options(user_id=sample, user_name="a")
print(f"paskia: {decode(options['user']['id']).hex()}")
PY
py finding.py | expect 'django-allauth, key 1234: b'\''ya'\''
django-allauth, a UUID key: b'\''00112233445566778899aabbccddeeff'\''
django-otp-webauthn: 64 bytes, again the same: True, kept as 128 hex digits: True
paskia: 00112233445566778899aabbccddeeff'
