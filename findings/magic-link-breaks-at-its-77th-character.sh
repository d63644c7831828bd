#!/usr/bin/env bash
# Whether a sign-in link can be read in a raw letter depends on its length: at 77 characters nodemailer encodes the whole text.
# Seen with: npm nodemailer 10.6.1, plain text letters in ASCII.
# Seen: a line of 76 characters is sent as it is (7bit); with 77 the letter becomes quoted-printable: every "=" of the link is "=3D"
#   and the link is cut by "=" and a line end. textEncoding: 'base64' hides it altogether; one accented letter anywhere has the same
#   effect on a short link.
# Development mail folders, log-based tests and "grep the link" scripts work with a short host name and fail with the real one; read
# such files with a mail parser, and keep the plain link beside the letter.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
node_env nodemailer@10.6.1
cat >finding.mjs <<'JS'
import nodemailer from 'nodemailer';
const transport = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
const link = (length) => 'https://login.example.com/link?token='.padEnd(length, 'Ab0');
for (const [name, length, greeting] of [['76', 76, 'Hello'], ['77', 77, 'Hello'], ['60, one accent in the text', 60, 'Bonjour José']]) {
  const { message } = await transport.sendMail({ from: 'a@example.com', to: 'b@example.com', subject: 's', text: `${greeting}\n${link(length)}\n` });
  const letter = message.toString();
  const encoding = letter.match(/^Content-Transfer-Encoding: (.*)$/m)[1];
  console.log(`link of ${name}: ${encoding}, whole in the raw letter: ${letter.includes(link(length))}, token=3D: ${letter.includes('token=3D')}`);
}
JS
node finding.mjs | expect 'link of 76: 7bit, whole in the raw letter: true, token=3D: false
link of 77: quoted-printable, whole in the raw letter: false, token=3D: true
link of 60, one accent in the text: quoted-printable, whole in the raw letter: false, token=3D: true'
