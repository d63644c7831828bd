#!/usr/bin/env bash
# nodemailer writes one mail domain in two forms: ASCII when the name before the @ is ASCII, Unicode when it is not, whatever it was given.
# Seen with: npm nodemailer 10.6.1, the envelope of a built message; PyPI idna 3.20 beside it.
# Seen: user@bücher.example and user@xn--bcher-kva.example both go out with the ASCII domain; for jörg@ both go out with the Unicode
#   domain, so an address that was given in ASCII form leaves in another. (For the first kind nodemailer and idna agree, ß included.)
# A quota, a block list or a "one address, one user" rule keyed by the text of the address counts the same mailbox twice; key by
# the ASCII form of the domain, computed by the server. Only relays with SMTPUTF8 take the second kind at all.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
node_env nodemailer@10.6.1
python_env idna==3.20
cat >finding.mjs <<'JS'
import nodemailer from 'nodemailer';
const transport = nodemailer.createTransport({ streamTransport: true, buffer: true });
for (const to of ['user@bücher.example', 'user@xn--bcher-kva.example', 'jörg@bücher.example', 'jörg@xn--bcher-kva.example', 'user@straße.example', 'user@BÜCHER.example']) {
  const { envelope } = await transport.sendMail({ from: 'a@example.com', to, subject: 's', text: 't' });
  console.log(`${to}: ${envelope.to[0]}`);
}
JS
{ node finding.mjs; py -c 'import idna; print("idna:", idna.encode("bücher.example").decode(), idna.encode("straße.example").decode())'; } | expect 'user@bücher.example: user@xn--bcher-kva.example
user@xn--bcher-kva.example: user@xn--bcher-kva.example
jörg@bücher.example: jörg@bücher.example
jörg@xn--bcher-kva.example: jörg@bücher.example
user@straße.example: user@xn--strae-oqa.example
user@BÜCHER.example: user@xn--bcher-kva.example
idna: xn--bcher-kva.example xn--strae-oqa.example'
