"""Products as they are published: passkeys are registered and used in them, and then sign in at Passgate.

The store of each product is imported as it lies there, into both kinds of databases, and the same authenticators sign in
by user id, by alias and discoverable.
"""

import asyncio
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
import uuid

from authenticator import Authenticator, encode

HERE = pathlib.Path(__file__).parent
BINARY = pathlib.Path(os.environ.get("PASSGATE_BINARY", HERE / "../../../target/debug/passgate")).resolve()
POSTGRES = os.environ.get("TEST_POSTGRES_URL")
RP_ID = "example.com"
ORIGIN = "https://www.example.com"
MASTER_KEY = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def psql(statement):
    """Says something to the PostgreSQL of the tests."""
    subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", POSTGRES, "-c", statement], check=True)


@contextlib.contextmanager
def foreign_database():
    """The address of an empty PostgreSQL database, which is gone afterwards."""
    name = f"moving_in_{uuid.uuid4().hex}"
    psql(f"CREATE DATABASE {name}")
    try:
        yield POSTGRES.rsplit("/", 1)[0] + "/" + name
    finally:
        psql(f"DROP DATABASE {name} WITH (FORCE)")


class Passgate:
    """A place with a database of its own, its commands and its server."""

    def __init__(self, folder, postgres):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.database = None
        self.environment = {
            "PATH": os.environ["PATH"],
            "PASSGATE_LISTEN": f"127.0.0.1:{self.port}",
            "PASSGATE_DATA_DIR": str(self.folder / "data"),
        }
        if postgres:
            self.database = f"moving_in_{uuid.uuid4().hex}"
            psql(f"CREATE DATABASE {self.database}")
            url = POSTGRES.rsplit("/", 1)[0] + "/" + self.database
            self.environment |= {"PASSGATE_DATABASE_URL": url, "PASSGATE_MASTER_KEY": MASTER_KEY}
        keys = self.run("app", "create", "demoapp")
        self.public, self.secret = keys["apiKey1"], keys["apiSecret1"]
        self.process = None

    def run(self, *arguments):
        """The JSON answer of a command that must succeed."""
        command = [BINARY, *map(str, arguments), "--json"]
        done = subprocess.run(command, env=self.environment, cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return json.loads(done.stdout)

    def serve(self):
        """Starts the server, and waits until it answers."""
        self.log = open(self.folder / "server.log", "w+")
        self.process = subprocess.Popen(
            [BINARY], env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/storage", timeout=2):
                    return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        self.log.seek(0)
        raise AssertionError("the server does not start:\n" + self.log.read())

    def stop(self):
        """Stops the server, and removes its database."""
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)
            self.log.close()
        if self.database:
            psql(f"DROP DATABASE {self.database} WITH (FORCE)")

    def post(self, path, header, body):
        """The status and body of an answer."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=json.dumps(body).encode(),
            headers=header | {"Content-Type": "application/json", "User-Agent": "moving-in"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def sign_in(self, authenticator, **named):
        """Who signed in, as the backend is told; or the refusal."""
        page = {"RPID": RP_ID, "Origin": ORIGIN}
        key = {"ApiKey": self.public}
        status, begun = self.post("/signin/begin", key, page | named)
        assert status == 200, begun
        answer = authenticator.get(begun["data"])
        status, done = self.post("/signin/complete", key, page | {"session": begun["session"], "response": answer})
        if status != 200:
            return done
        status, verified = self.post("/signin/verify", {"ApiSecret": self.secret}, {"token": done["token"]})
        assert status == 200, verified
        return verified["userId"]


class Product(unittest.TestCase):
    """What is asked of every product; a test says how passkeys come to be in it, and how they are imported."""

    def arrives(self, command, source, passkeys, aliases=None, handles=None):
        """`passkeys` are authenticators and whose they are; `aliases` the alias of each user."""
        for postgres in [False, True] if POSTGRES else [False]:
            with self.subTest(postgres=postgres), tempfile.TemporaryDirectory(prefix="moving-in-") as folder:
                place = Passgate(folder, postgres)
                try:
                    arguments = ["import", command, source, "--app", "demoapp", "--rp-id", RP_ID]
                    if aliases:
                        arguments += ["--aliases", aliases[0]]
                    rehearsed = place.run(*arguments, "--dry-run")
                    self.assertEqual((rehearsed["refused"], rehearsed["applied"]), (0, False))
                    imported = place.run(*arguments)
                    records = imported["applications"][0]["records"]
                    self.assertEqual(records["credential"]["new"], len(passkeys), imported)
                    notes = " ".join(imported["applications"][0]["notes"])
                    if handles:
                        self.assertIn(f"user handles by rule: {handles} ({len(passkeys)})", notes)
                    place.serve()
                    for authenticator, user in passkeys:
                        self.assertEqual(place.sign_in(authenticator), user)
                        self.assertEqual(place.sign_in(authenticator, userId=user), user)
                        if aliases:
                            self.assertEqual(place.sign_in(authenticator, alias=aliases[1][user]), user)
                        # From now on the handle has to be the same, whoever kept it.
                        right, authenticator.handle = authenticator.handle, b"somebody else"
                        refused = place.sign_in(authenticator)
                        authenticator.handle = right
                        self.assertIsInstance(refused, dict, "another handle is refused")
                        self.assertEqual(place.sign_in(authenticator), user)
                finally:
                    place.stop()


class PyWebauthn(Product):
    """py_webauthn leaves the store to the application: a line of JSON for each passkey, as its guide keeps them."""

    def test_passkeys_sign_in(self):
        import webauthn

        rows, passkeys = [], []
        for number, counts in [(1, False), (2, True)]:
            authenticator = Authenticator(ORIGIN, counts)
            options = webauthn.generate_registration_options(rp_id=RP_ID, rp_name="Example", user_name="alice")
            asked = json.loads(webauthn.options_to_json(options))
            made = webauthn.verify_registration_response(
                credential=authenticator.create(asked),
                expected_challenge=options.challenge,
                expected_rp_id=RP_ID,
                expected_origin=ORIGIN,
            )
            rows.append(
                {
                    "credential_id": encode(made.credential_id),
                    "credential_public_key": encode(made.credential_public_key),
                    "sign_count": made.sign_count,
                    "aaguid": made.aaguid,
                    "fmt": made.fmt,
                    "credential_device_type": made.credential_device_type,
                    "credential_backed_up": made.credential_backed_up,
                    "user_id": number,
                    "email": f"user-{number}@example.com",
                }
            )
            passkeys.append((authenticator, str(number)))
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "passkeys.jsonl"
            source.write_text("".join(json.dumps(row) + "\n" for row in rows))
            aliases = {user: f"user-{user}@example.com" for _, user in passkeys}
            self.arrives("py-webauthn", source, passkeys, ("email", aliases), "unknown")


class Node(Product):
    """What runs in Node.js: a script asks for passkeys, and says what the application keeps."""

    def registered(self, script, *arguments):
        """The authenticators, and what was kept of each."""
        command = ["node", script, RP_ID, ORIGIN, *arguments]
        made, kept = [], []
        with subprocess.Popen(
            command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            for line in process.stdout:
                said = json.loads(line)
                if "options" in said:
                    made.append(Authenticator(ORIGIN, counts=bool(made)))
                    process.stdin.write(json.dumps(made[-1].create(said["options"])) + "\n")
                    process.stdin.flush()
                else:
                    kept.append(said["kept"])
            complaints = process.stderr.read()
        self.assertEqual((process.returncode, len(kept)), (0, 2), complaints)
        return made, kept

    def test_simplewebauthn(self):
        made, kept = self.registered("simplewebauthn.mjs")
        passkeys = [(authenticator, row["userId"]) for authenticator, row in zip(made, kept)]
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "passkeys.json"
            source.write_text(json.dumps(kept, indent=2))
            self.arrives("simplewebauthn", source, passkeys, handles="record")
            for row in kept:
                del row["webauthnUserID"]
            source.write_text("".join(json.dumps(row) + "\n" for row in kept))
            self.arrives("simplewebauthn", source, passkeys, handles="unknown")

    @unittest.skipUnless(POSTGRES, "needs a PostgreSQL: TEST_POSTGRES_URL")
    def test_better_auth(self):
        with foreign_database() as source:
            made, kept = self.registered("better_auth.mjs", source)
            passkeys = [(authenticator, row["userId"]) for authenticator, row in zip(made, kept)]
            aliases = {row["userId"]: row["email"] for row in kept}
            self.arrives("better-auth", source, passkeys, ("email", aliases), "unknown")


class FastapiPasskeys(Product):
    """fastapi-passkeys with its SQLAlchemy store, over its own endpoints."""

    def test_passkeys_sign_in(self):
        from fastapi import FastAPI
        from fastapi.testclient import TestClient
        from fastapi_passkeys import PasskeyConfig, Passkeys, PasskeyUser
        from fastapi_passkeys.contrib.sqlalchemy import PasskeyBase, SqlAlchemyCredentialRepository
        from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
        from sqlalchemy.pool import NullPool

        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "app.db"
            engine = create_async_engine(f"sqlite+aiosqlite:///{source}", poolclass=NullPool)

            async def create_tables():
                async with engine.begin() as connection:
                    await connection.run_sync(PasskeyBase.metadata.create_all)

            asyncio.run(create_tables())
            current = {}

            def get_user(_request):
                return PasskeyUser(id=current["id"], name="alice", display_name="Alice")

            passkeys = Passkeys(
                config=PasskeyConfig(rp_id=RP_ID, rp_name="Example", expected_origins=[ORIGIN]),
                credential_repository=SqlAlchemyCredentialRepository(async_sessionmaker(engine)),
                get_user=get_user,
                on_authenticated=lambda request, result: {"user": result.user_id},
            )
            app = FastAPI()
            app.include_router(passkeys.router, prefix="/passkeys")
            passkeys.install_exception_handlers(app)
            made = []
            with TestClient(app) as client:
                for counts in [False, True]:
                    current["id"] = str(uuid.uuid4())
                    authenticator = Authenticator(ORIGIN, counts)
                    begun = client.post("/passkeys/register/begin").json()
                    answer = authenticator.create(begun["publicKey"])
                    done = client.post(
                        "/passkeys/register/finish",
                        json={"credential": answer, "state": begun["state"], "deviceName": "Laptop"},
                    )
                    self.assertEqual(done.status_code, 200, done.text)
                    begun = client.post("/passkeys/authenticate/begin", json={}).json()
                    answer = authenticator.get(begun["publicKey"])
                    done = client.post(
                        "/passkeys/authenticate/finish", json={"credential": answer, "state": begun["state"]}
                    )
                    self.assertEqual(done.status_code, 200, done.text)
                    made.append((authenticator, current["id"]))
            self.arrives("fastapi-passkeys", source, made, handles="user-id")


class Django(Product):
    """django-otp-webauthn and django-allauth in one project, each over its own pages."""

    @classmethod
    def setUpClass(cls):
        import django
        from django.conf import settings

        cls.folder = tempfile.TemporaryDirectory()
        cls.source = pathlib.Path(cls.folder.name) / "db.sqlite3"
        settings.configure(
            SECRET_KEY="of a test",
            ALLOWED_HOSTS=["*"],
            ROOT_URLCONF="django_urls",
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": cls.source}},
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            USE_TZ=True,
            INSTALLED_APPS=[
                "django.contrib.auth",
                "django.contrib.contenttypes",
                "django.contrib.sessions",
                "django.contrib.messages",
                "django_otp",
                "django_otp_webauthn",
                "allauth",
                "allauth.account",
                "allauth.mfa",
            ],
            MIDDLEWARE=[
                "django.contrib.sessions.middleware.SessionMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware",
                "django.contrib.messages.middleware.MessageMiddleware",
                "django_otp.middleware.OTPMiddleware",
                "allauth.account.middleware.AccountMiddleware",
            ],
            AUTHENTICATION_BACKENDS=[
                "django.contrib.auth.backends.ModelBackend",
                "django_otp_webauthn.backends.WebAuthnBackend",
            ],
            TEMPLATES=[
                {
                    "BACKEND": "django.template.backends.django.DjangoTemplates",
                    "APP_DIRS": True,
                    "OPTIONS": {
                        "context_processors": [
                            "django.template.context_processors.request",
                            "django.contrib.auth.context_processors.auth",
                            "django.contrib.messages.context_processors.messages",
                        ]
                    },
                }
            ],
            OTP_WEBAUTHN_RP_ID=RP_ID,
            OTP_WEBAUTHN_RP_NAME="Example",
            OTP_WEBAUTHN_ALLOWED_ORIGINS=[ORIGIN],
            MFA_SUPPORTED_TYPES=["webauthn", "recovery_codes"],
            ACCOUNT_EMAIL_VERIFICATION="none",
        )
        django.setup()
        from django.core.management import call_command
        from django.test.utils import setup_test_environment

        setup_test_environment()
        call_command("migrate", verbosity=0)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def user(self, name):
        from django.contrib.auth import get_user_model
        from django.test import Client

        user = get_user_model().objects.create_user(name, f"{name}@example.com", "of a test")
        client = Client(HTTP_HOST="www.example.com")
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return user, client

    def dumped(self, *models):
        """What `manage.py dumpdata` writes."""
        from django.core.management import call_command

        file = pathlib.Path(self.folder.name) / f"{uuid.uuid4()}.json"
        call_command("dumpdata", *models, indent=1, output=str(file), verbosity=0)
        return file

    def test_django_otp_webauthn(self):
        passkeys, aliases = [], {}
        for name, counts in [("otp-alice", False), ("otp-bob", True)]:
            user, client = self.user(name)
            authenticator = Authenticator(ORIGIN, counts)
            asked = client.post("/otp/registration/begin/", secure=True).json()
            answer = authenticator.create(asked)
            done = client.post(
                "/otp/registration/complete/", json.dumps(answer), content_type="application/json", secure=True
            )
            self.assertEqual(done.status_code, 200, done.content)
            passkeys.append((authenticator, str(user.pk)))
            aliases[str(user.pk)] = f"{name}@example.com"
        self.arrives("django-otp-webauthn", self.source, passkeys, ("email", aliases), "record")
        dumped = self.dumped("django_otp_webauthn")
        self.arrives("django-otp-webauthn", dumped, passkeys, handles="record")
        # Without its table of handles they are learned.
        self.arrives("django-otp-webauthn", self.dumped("django_otp_webauthn.webauthncredential"), passkeys, handles="unknown")

    def test_django_allauth(self):
        passkeys, aliases = [], {}
        for name, counts in [("all-alice", False), ("all-bob", True)]:
            user, client = self.user(name)
            # Registering asks for the password once more.
            client.post("/accounts/reauthenticate/", {"password": "of a test"}, secure=True)
            page = client.get("/accounts/2fa/webauthn/add/", secure=True)
            self.assertEqual(page.status_code, 200, page)
            asked = page.context["js_data"]["creation_options"]["publicKey"]
            authenticator = Authenticator(f"https://{asked['rp']['id']}", counts)
            answer = authenticator.create(asked)
            done = client.post(
                "/accounts/2fa/webauthn/add/", {"name": "Phone", "credential": json.dumps(answer)}, secure=True
            )
            self.assertEqual(done.status_code, 302, done.content)
            passkeys.append((authenticator, str(user.pk)))
            aliases[str(user.pk)] = f"{name}@example.com"
        # It takes the host of the request for the RP ID; the pages of these tests stand elsewhere, under the same domain.
        for authenticator, _ in passkeys:
            authenticator.rp_id, authenticator.origin = RP_ID, ORIGIN
        self.arrives("django-allauth", self.source, passkeys, ("email", aliases), "base36")
        self.arrives("django-allauth", self.dumped("mfa"), passkeys, handles="base36")


if __name__ == "__main__":
    unittest.main()
