"""A real SMTP server for the tests of mail: aiosmtpd, with the faults a mail server can have.

Prints its port, then every accepted message as a line of JSON. Ends with its standard input.
"""

import argparse
import asyncio
import email
import email.policy
import json
import logging
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

SECONDS_OF_SLOWNESS = 30


class Handler:
    def __init__(self, fault):
        self.fault = fault

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if self.fault == "refuse":
            return "550 5.1.1 no such mailbox here"
        if self.fault == "busy":
            return "451 4.3.0 try again later"
        if self.fault == "slow":
            await asyncio.sleep(SECONDS_OF_SLOWNESS)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
        print(
            json.dumps({
                "envelope_from": envelope.mail_from,
                "envelope_to": envelope.rcpt_tos,
                "from_name": message["From"].addresses[0].display_name,
                "from": message["From"].addresses[0].addr_spec,
                "to": message["To"],
                "subject": message["Subject"],
                "message_id": message["Message-ID"],
                "date": message["Date"],
                "auto_submitted": message["Auto-Submitted"],
                "text": parts.get("text/plain"),
                "html": parts.get("text/html"),
                "tls": session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None,
                "user": (session.auth_data.login.decode() if session.auth_data else None),
            }),
            flush=True,
        )
        return "250 OK"


def authenticator(expected):
    def check(server, session, envelope, mechanism, auth_data):
        good = isinstance(auth_data, LoginPassword) and auth_data.password.decode() == expected
        # `handled` would mean that this function had answered the client itself.
        return AuthResult(success=good, handled=False, auth_data=auth_data)

    return check


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--fault", choices=["none", "refuse", "busy", "slow"], default="none")
    arguments.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
    arguments.add_argument("--certificate")
    arguments.add_argument("--key")
    arguments.add_argument("--password")
    chosen = arguments.parse_args()

    # Broken handshakes and passwords without TLS are what some tests ask for.
    logging.disable()
    context = None
    if chosen.tls != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chosen.certificate, chosen.key)
    options = {"hostname": "smtp.test", "enable_SMTPUTF8": True}
    if chosen.tls == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    if chosen.password:
        options |= {
            "authenticator": authenticator(chosen.password),
            "auth_required": True,
            "auth_require_tls": False,
        }
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Handler(chosen.fault), loop=loop, **options),
        host="127.0.0.1",
        port=0,
        ssl=context if chosen.tls == "implicit" else None,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(main())
