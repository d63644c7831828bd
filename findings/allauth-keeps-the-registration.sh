#!/usr/bin/env bash
# django-allauth keeps the browser's whole registration as JSON and nothing that a later sign-in says, the counter included.
# Seen with: PyPI django-allauth 65.22.1 (Django 5.2.19, fido2 2.2.1).
# Seen: the row's data has two members, name and credential; credential is the registration as toJSON() gave it (client data and
#   attestation object, no extracted key). After sign-ins with counters 7 and 8 the row is unchanged byte for byte.
# There is no public key column to import: take key, counter, flags and transports out of the attestation object, and take the
# counter as unknown, since the stored one is that of the first day.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
python_env django==5.2.19 django-allauth[mfa]==65.22.1 django-otp-webauthn==0.10.3 fido2==2.2.1 cbor2==6.3.0 cryptography==50.0.2
cp "$HERE/django_products.py" "$HERE/authenticator.py" .
cat >finding.py <<'PY'
import json
import authenticator
import django_products as products
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.contrib.auth.models import User
user = User.objects.create_user("a", id=1234)
key = authenticator.Key("ES256")
with products.allauth_request(user):
    options = products.auth.begin_registration(user, True)["publicKey"]
    registration = authenticator.register(key, client={"challenge": options["challenge"]})
    products.auth.complete_registration(registration)
    WebAuthn.add(user, "my key", registration)
    first = json.dumps(Authenticator.objects.get().data)
    for counter in (7, 8):
        options = products.auth.begin_authentication(user)
        challenge = options.get("publicKey", options)["challenge"]
        products.auth.complete_authentication(user, authenticator.sign_in(key, registration, counter, {"challenge": challenge}, b"ya"))
        print(f"signed in with counter {counter}")
row = Authenticator.objects.get()
print(f"members: {sorted(row.data)}; credential: {sorted(row.data['credential'])}")
print(f"the registration as it came: {row.data['credential'] == registration}; changed by the sign-ins: {json.dumps(row.data) != first}")
PY
py finding.py | expect 'signed in with counter 7
signed in with counter 8
members: ['\''credential'\'', '\''name'\'']; credential: ['\''authenticatorAttachment'\'', '\''clientExtensionResults'\'', '\''id'\'', '\''rawId'\'', '\''response'\'', '\''type'\'']
the registration as it came: True; changed by the sign-ins: False'
