"""The OpenAPI document against the running server: requests made up from it meet no 500 and no undocumented answer."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

from test_python_client import MANAGEMENT_KEY, Passgate

# Where a made-up request would take away the application that the others use, or fails on purpose.
NOT_TRIED = [
    "/health/throw/exception",
    "/account/delete",
    "/v3/account/delete",
    # Without FIDO metadata, which this server has none of, they answer 503 by design.
    "/mds/attestation-types",
    "/mds/certification-statuses",
    "/mds/entries",
]


class OpenApi(unittest.TestCase):
    def test_made_up_requests_get_documented_answers(self):
        server = Passgate()
        try:
            keys = server.create_app("shop")
            command = [
                pathlib.Path(sys.executable).parent / "schemathesis", "run", server.url + "/openapi.json",
                "--header", f"ApiKey: {keys['apiKey1']}",
                "--header", f"ApiSecret: {keys['apiSecret1']}",
                "--header", f"ManagementKey: {MANAGEMENT_KEY}",
                "--phases", "fuzzing", "--max-examples", "12", "--seed", "1", "--no-color",
                "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
            ]
            for path in NOT_TRIED:
                command += ["--exclude-path", path]
            with tempfile.TemporaryDirectory(prefix="passgate-openapi-") as folder:
                tried = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240)
            self.assertEqual(tried.returncode, 0, tried.stdout + tried.stderr)
            self.assertIn("passed", tried.stdout)
        finally:
            server.stop()


if __name__ == "__main__":
    unittest.main()
