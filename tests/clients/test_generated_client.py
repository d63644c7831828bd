"""A Python client that is made from the OpenAPI document of the running server: generated, compiled, and used."""

import compileall
import importlib
import pathlib
import subprocess
import sys
import tempfile
import unittest

from test_python_client import MANAGEMENT_KEY, Passgate


class GeneratedClient(unittest.TestCase):
    def setUp(self):
        self.server = Passgate()
        self.addCleanup(self.server.stop)
        self.folder = tempfile.TemporaryDirectory(prefix="passgate-generated-")
        self.addCleanup(self.folder.cleanup)
        programs = pathlib.Path(sys.executable).parent
        made = subprocess.run(
            [
                programs / "openapi-python-client", "generate", "--url", self.server.url + "/openapi.json",
                "--meta", "none", "--output-path", pathlib.Path(self.folder.name) / "passgate_client",
                # It warns of what it leaves out, and nothing may be.
                "--fail-on-warning",
            ],
            cwd=self.folder.name, env={"PATH": str(programs)}, capture_output=True, text=True, timeout=120,
        )
        self.assertEqual(made.returncode, 0, made.stdout + made.stderr)
        self.assertTrue(compileall.compile_dir(self.folder.name, quiet=1), "the client does not compile")
        sys.path.insert(0, self.folder.name)
        self.addCleanup(sys.path.remove, self.folder.name)

    def test_its_functions_work(self):
        models = importlib.import_module("passgate_client.models")
        client_of = importlib.import_module("passgate_client").Client
        function = lambda group, name: importlib.import_module(f"passgate_client.api.{group}.{name}").sync

        operator = client_of(base_url=self.server.url, headers={"ManagementKey": MANAGEMENT_KEY})
        app = function("operators", "create_app")("generated", client=operator, body=models.CreateAppBody())
        self.assertIsInstance(app, models.CreatedApplication)

        backend = client_of(base_url=self.server.url, headers={"ApiSecret": app.api_secret_1})
        wanted = models.RegisterTokenBody(
            user_id="user-1", username="fry", user_verification=models.UserVerification.REQUIRED,
        )
        token = function("backends", "register_token")(client=backend, body=wanted)
        self.assertTrue(token.token.startswith("register_"), token)

        made = function("backends", "generate_sign_in_token")(
            client=backend, body=models.GenerateSignInTokenBody(user_id="user-1"),
        )
        body = models.VerifySignInBody(token=made.token)
        verified = function("backends", "verify_sign_in")(client=backend, body=body)
        self.assertEqual(verified.user_id, "user-1")
        self.assertEqual(verified.type_, models.TokenType.GENERATED_SIGNIN)
        self.assertIsNotNone(verified.expires_at.tzinfo)

        refused = function("backends", "verify_sign_in")(client=backend, body=body)
        self.assertIsInstance(refused, models.Problem)
        self.assertEqual(refused.error_code, models.ErrorCode.TOKEN_ALREADY_USED)

        self.assertEqual(function("backends", "count_users")(client=backend).count, 0)


if __name__ == "__main__":
    unittest.main()
