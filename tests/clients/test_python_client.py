"""The official Python client, unmodified: every public method, its success and its error object."""

import datetime
import json
import os
import pathlib
import quopri
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

from passwordless import (
    DeleteCredential,
    DeleteUser,
    GenerateAuthenticationTokenOptions,
    PasswordlessClient,
    PasswordlessClientBuilder,
    PasswordlessError,
    PasswordlessOptions,
    RegisterToken,
    SendMagicLinkOptions,
    SetAlias,
    UpdateAppsFeature,
    VerifySignIn,
)

HERE = pathlib.Path(__file__).parent
BINARY = pathlib.Path(os.environ.get("PASSGATE_BINARY", HERE / "../../target/debug/passgate")).resolve()
MANAGEMENT_KEY = "management-key-of-the-client-tests"


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Passgate:
    """The built server on a free port with an empty data directory."""

    def __init__(self):
        # Another process may take the port between looking and listening: then the server ends, and a second try is due.
        for _ in range(3):
            self.folder = tempfile.TemporaryDirectory(prefix="passgate-clients-")
            port = free_port()
            self.url = f"http://127.0.0.1:{port}"
            self.log = open(pathlib.Path(self.folder.name) / "server.log", "w+")
            self.process = subprocess.Popen(
                [BINARY],
                env={
                    "PATH": os.environ["PATH"],
                    "PASSGATE_LISTEN": f"127.0.0.1:{port}",
                    "PASSGATE_DATA_DIR": str(pathlib.Path(self.folder.name) / "data"),
                    "PASSGATE_MANAGEMENT_KEY": MANAGEMENT_KEY,
                    # Off unless an operator wants it; what it refuses is a client's to report.
                    "PASSGATE_MAGIC_LINK_NEW_APPLICATION_AGE": "1d",
                },
                cwd=self.folder.name,
                stdin=subprocess.DEVNULL,
                stdout=self.log,
                stderr=self.log,
            )
            if self.answers():
                return
            self.process.kill()
            self.process.wait()
        self.log.seek(0)
        raise RuntimeError("the server does not start:\n" + self.log.read())

    def answers(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(self.url + "/health/storage", timeout=2) as health:
                    return health.status == 200
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        return False

    def create_app(self, name, **features):
        request = urllib.request.Request(
            f"{self.url}/admin/apps/{name}/create",
            data=json.dumps(features).encode(),
            headers={"ManagementKey": MANAGEMENT_KEY, "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    def mailed(self):
        """Everything that was mailed so far, which goes to a file, with its line ends and bytes decoded."""
        return quopri.decodestring((pathlib.Path(self.folder.name) / "data/mail.txt").read_bytes()).decode()

    def post(self, path, key, body):
        """The status and body of what is answered to a page."""
        request = urllib.request.Request(
            self.url + path, data=json.dumps(body).encode(), headers={"ApiKey": key, "Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=15)
        self.log.close()
        self.folder.cleanup()
        return code


class Watched:
    """A client whose calls are recorded with how they ended."""

    outcomes = set()

    def __init__(self, client):
        self.client = client

    def __getattr__(self, name):
        def call(*arguments):
            try:
                answer = getattr(self.client, name)(*arguments)
            except PasswordlessError:
                self.outcomes.add((name, "failure"))
                raise
            self.outcomes.add((name, "success"))
            return answer

        return call


class PythonClient(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Passgate()
        cls.keys = cls.server.create_app("shop", adminEmail="admin@example.com", magicLinkEmailMonthlyQuota=100)
        cls.client = cls.client_with(cls.keys["apiSecret1"])

    @classmethod
    def tearDownClass(cls):
        assert cls.server.stop() == 0, "the server did not end cleanly on SIGTERM"
        methods = [name for name in vars(PasswordlessClient) if not name.startswith("_")]
        assert "send_magic_link" in methods, methods
        left_out = {(name, outcome) for name in methods for outcome in ("success", "failure")} - Watched.outcomes
        assert not left_out, f"no test has these: {sorted(left_out)}"

    @classmethod
    def client_with(cls, secret):
        return Watched(PasswordlessClientBuilder(PasswordlessOptions(secret, cls.server.url)).build())

    def ceremonies(self, user_id):
        """Registers a passkey and signs in with it; both sign-in tokens and the credential id."""
        printed = subprocess.run(
            ["node", str(HERE / "ceremony.mjs"), self.server.url, self.keys["apiKey1"], self.keys["apiSecret1"], user_id],
            check=True,
            capture_output=True,
            text=True,
        )
        return json.loads(printed.stdout)

    def refused(self, call, *arguments):
        with self.assertRaises(PasswordlessError) as caught:
            call(*arguments)
        return caught.exception.problem_details

    def test_register_token(self):
        registered = self.client.register_token(RegisterToken("ada", "ada@example.com", aliases=["ada@example.com"]))
        self.assertRegex(registered.token, r"^register_[A-Za-z0-9_-]+$")
        page = {"token": registered.token, "RPID": "example.com", "Origin": "https://example.com"}
        status, begun = self.server.post("/register/begin", self.keys["apiKey1"], page)
        self.assertEqual((status, begun["data"]["user"]["name"]), (200, "ada@example.com"))
        # Its dates have no zone and mean UTC.
        over = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) - datetime.timedelta(seconds=90)
        page["token"] = self.client.register_token(RegisterToken("ada", "ada@example.com", expires_at=over)).token
        status, expired = self.server.post("/register/begin", self.keys["apiKey1"], page)
        self.assertEqual((status, expired["title"]), (403, "The token expired 1 minute ago."))
        problem = self.refused(self.client.register_token, RegisterToken("", ""))
        self.assertEqual(problem.status, 400)
        self.assertEqual(problem.title, "One or more validation errors occurred.")
        self.assertEqual(problem.errors["userId"], ["The UserId field is required."])
        self.assertEqual(problem.errors["username"], ["The Username field is required."])

    def test_sign_in(self):
        made = self.ceremonies("bob")
        for token, kind in [(made["registered"], "passkey_register"), (made["signedIn"], "passkey_signin")]:
            user = self.client.sign_in(VerifySignIn(token))
            self.assertTrue(user.success)
            self.assertEqual(user.user_id, "bob")
            self.assertEqual(user.type, kind)
            self.assertEqual(user.nickname, "soft key")
            self.assertEqual(user.origin, "https://example.com")
            self.assertEqual((user.expires_at - user.timestamp).total_seconds(), 120)
        problem = self.refused(self.client.sign_in, VerifySignIn(made["signedIn"]))
        self.assertEqual(problem.status, 400, "a sign-in token verifies once")
        problem = self.refused(self.client.sign_in, VerifySignIn("register_x"))
        self.assertEqual(problem.status, 400)
        self.assertIn("should start with 'verify_'", problem.title)
        self.assertEqual(problem.type, "https://docs.passwordless.dev/guide/errors.html#invalid_token")

    def test_set_and_get_aliases(self):
        self.assertIsNone(self.client.set_alias(SetAlias("cleo", ["cleo@example.com", "cleo"], hashing=False)))
        aliases = self.client.get_aliases("cleo")
        self.assertEqual(sorted(alias.plaintext for alias in aliases), ["cleo", "cleo@example.com"])
        self.assertTrue(all(alias.user_id == "cleo" and alias.tenant == "shop" for alias in aliases))
        self.client.set_alias(SetAlias("cleo", ["queen"]))
        self.assertEqual([alias.plaintext for alias in self.client.get_aliases("cleo")], [None])
        problem = self.refused(self.client.set_alias, SetAlias("mark", ["queen"]))
        self.assertEqual(problem.status, 409)
        self.assertEqual(problem.title, "Alias is already in use by another userid")
        self.assertEqual(self.client.get_aliases("mark"), [])
        problem = self.refused(self.client.get_aliases, "")
        self.assertEqual((problem.status, problem.title), (400, "UserId is empty"))

    def test_get_and_delete_credentials(self):
        made = self.ceremonies("dora")
        (credential,) = self.client.get_credentials("dora")
        self.assertEqual(credential.descriptor.id, made["credentialId"])
        self.assertEqual(credential.descriptor.type, "public-key")
        self.assertEqual(credential.attestation_fmt, "none")
        self.assertEqual(credential.aa_guid, "00000000-0000-0000-0000-000000000000")
        self.assertEqual(credential.rp_id, "example.com")
        self.assertEqual(credential.signature_counter, 1)
        self.assertEqual(credential.user_id, "dora")
        self.assertIsNotNone(credential.country)
        self.assertIsNone(self.client.delete_credential(DeleteCredential(made["credentialId"])))
        self.assertEqual(self.client.get_credentials("dora"), [])
        problem = self.refused(self.client.get_credentials, " ")
        self.assertEqual(problem.errors, {"userId": ["The UserId field is required."]})
        problem = self.refused(self.client.delete_credential, DeleteCredential(""))
        self.assertEqual((problem.status, problem.title), (400, "credentialId must not be null or empty"))

    def test_get_and_delete_users(self):
        self.ceremonies("eve")
        self.client.set_alias(SetAlias("eve", ["eve@example.com"], hashing=False))
        self.client.set_alias(SetAlias("only-an-alias", ["secret name"]))
        users = {user.user_id: user for user in self.client.get_users()}
        self.assertEqual(users["eve"].credentials_count, 1)
        self.assertEqual(users["eve"].alias_count, 1)
        self.assertEqual(users["eve"].aliases, ["eve@example.com"])
        self.assertIsNotNone(users["eve"].last_used_at)
        self.assertEqual(users["only-an-alias"].credentials_count, 0)
        self.assertEqual(users["only-an-alias"].aliases, [None])
        self.assertIsNone(users["only-an-alias"].last_used_at)
        self.assertIsNone(self.client.delete_user(DeleteUser("eve")))
        self.assertNotIn("eve", {user.user_id for user in self.client.get_users()})
        problem = self.refused(self.client.delete_user, DeleteUser(""))
        self.assertEqual(problem.errors, {"userId": ["The UserId field is required."]})

    def test_generate_authentication_token(self):
        generated = self.client.generate_authentication_token(GenerateAuthenticationTokenOptions("fay", 60))
        user = self.client.sign_in(VerifySignIn(generated.token))
        self.assertEqual((user.user_id, user.type), ("fay", "generated_signin"))
        self.assertEqual((user.expires_at - user.timestamp).total_seconds(), 60)
        problem = self.refused(self.client.generate_authentication_token, GenerateAuthenticationTokenOptions("fay", 0))
        self.assertEqual(
            problem.errors, {"timeToLiveSeconds": ["The field TimeToLiveSeconds must be between 1 and 604800."]}
        )

    def test_send_magic_link(self):
        template = "https://example.com/in?token=$TOKEN"
        self.assertIsNone(self.client.send_magic_link(SendMagicLinkOptions("admin@example.com", template, "gus", 600)))
        (token,) = set(re.findall(r"verify_[A-Za-z0-9_-]+", self.server.mailed()))
        user = self.client.sign_in(VerifySignIn(token))
        self.assertEqual((user.user_id, user.type), ("gus", "magic_link"))
        self.assertEqual((user.expires_at - user.timestamp).total_seconds(), 600)
        options = SendMagicLinkOptions("somebody@example.com", template, "gus", 600)
        problem = self.refused(self.client.send_magic_link, options)
        self.assertEqual(problem.status, 403)
        self.assertTrue(problem.type.endswith("#magic_link_email_admin_address_only"))
        problem = self.refused(self.client.send_magic_link, SendMagicLinkOptions("", "https://example.com", "gus", 600))
        self.assertEqual(list(problem.errors), ["emailAddress", "urlTemplate"])

    def test_update_apps_feature(self):
        self.assertIsNone(self.client.update_apps_feature(UpdateAppsFeature(30)))
        problem = self.refused(self.client.update_apps_feature, UpdateAppsFeature(91))
        self.assertEqual(problem.status, 400)

    def test_wrong_secret(self):
        stranger = self.client_with("shop:secret:00000000000040008000000000000000")
        problem = self.refused(stranger.get_users)
        self.assertEqual(problem.status, 401)
        self.assertEqual(problem.title, "A valid 'ApiSecret' header is required.")
        self.assertEqual(problem.detail, "The value of your 'ApiSecret' is not valid.")


if __name__ == "__main__":
    unittest.main()
