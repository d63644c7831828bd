#!/usr/bin/env bash
# Debian 12's ruby-webauthn registers every passkey and can never verify a sign-in; its Perl sister does so for PS256.
# Seen with: Debian's ruby-webauthn 2.5.2 (ruby 3.1, OpenSSL 3) and libauthen-webauthn-perl 0.001; valid ceremonies, attestation none.
# Seen: in Ruby ES256, ES384, RS256 and PS256 register, and each assertion raises "pkeys are immutable on OpenSSL 3.0" or "rsa#set_key=
#   is incompatible": the package is older than the OpenSSL beside it. In Perl ES256 and RS256 work, PS256 registers and then "signature
#   was not valid", ES384 and EdDSA are refused at once.
# A stable distribution's package passes its installation and the whole registration test; try a sign-in before trusting it, and make
# the health check of a product verify one stored assertion.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/lib.sh"
debian ruby ruby
ruby -e 'require "webauthn"' 2>/dev/null || apt-get install -y -qq --no-install-recommends ruby-webauthn >apt.log 2>&1
perl -MAuthen::WebAuthn -e 1 2>/dev/null || apt-get install -y -qq --no-install-recommends libauthen-webauthn-perl libjson-perl >apt.log 2>&1
python_env cbor2==6.3.0 cryptography==50.0.2
cp "$HERE/authenticator.py" .
py authenticator.py ES256 ES384 RS256 PS256 EdDSA >ceremonies.json
cat >finding.rb <<'RB'
require "webauthn"
require "json"
WebAuthn.configure do |config|
  config.origin = "https://example.com"
  config.rp_id = "example.com"
  config.algorithms = %w[ES256 ES384 RS256 PS256]
end
challenge = ["0123456789abcdef0123456789abcdef"].pack("m0").tr("+/", "-_").delete("=")
JSON.parse(File.read("ceremonies.json")).each do |kind, both|
  next if kind == "EdDSA"
  made = WebAuthn::Credential.from_create(both["registration"])
  made.verify(challenge)
  said = begin
    WebAuthn::Credential.from_get(both["assertion"]).verify(challenge, public_key: made.public_key, sign_count: made.sign_count)
    "signs in"
  rescue StandardError => e
    e.message
  end
  puts "ruby-webauthn #{WebAuthn::VERSION} #{kind}: registers, then: #{said}"
end
RB
cat >finding.pl <<'PL'
use strict;
use warnings;
use Authen::WebAuthn;
use JSON;
use MIME::Base64 'encode_base64url';
my $rp = Authen::WebAuthn->new(rp_id => 'example.com', origin => 'https://example.com');
my %common = (challenge_b64 => encode_base64url('0123456789abcdef0123456789abcdef'), requested_uv => 'preferred', token_binding_id_b64 => undef);
open my $file, '<', 'ceremonies.json' or die;
my $all = decode_json(join '', <$file>);
for my $kind ('ES256', 'RS256', 'PS256', 'ES384', 'EdDSA') {
    my ($made, $used) = map { $all->{$kind}{$_}{response} } 'registration', 'assertion';
    my $kept = eval { $rp->validate_registration(%common, client_data_json_b64 => $made->{clientDataJSON}, attestation_object_b64 => $made->{attestationObject}) };
    my $said = $kept ? 'registers, ' : 'refused: ';
    eval {
        $rp->validate_assertion(%common, credential_pubkey_b64 => $kept->{credential_pubkey}, stored_sign_count => 0, client_data_json_b64 => $used->{clientDataJSON},
            authenticator_data_b64 => $used->{authenticatorData}, signature_b64 => $used->{signature}, extension_results => {});
    } if $kept;
    my $error = $@ =~ s/ at \S+ line.*//sr;
    print "Authen::WebAuthn $Authen::WebAuthn::VERSION $kind: $said", ($kept ? ($error ? "then: $error" : 'signs in') : $error), "\n";
}
PL
{ ruby finding.rb; perl finding.pl; } | expect 'ruby-webauthn 2.5.2 ES256: registers, then: pkeys are immutable on OpenSSL 3.0
ruby-webauthn 2.5.2 ES384: registers, then: pkeys are immutable on OpenSSL 3.0
ruby-webauthn 2.5.2 RS256: registers, then: rsa#set_key= is incompatible with OpenSSL 3.0
ruby-webauthn 2.5.2 PS256: registers, then: rsa#set_key= is incompatible with OpenSSL 3.0
Authen::WebAuthn 0.001 ES256: registers, signs in
Authen::WebAuthn 0.001 RS256: registers, signs in
Authen::WebAuthn 0.001 PS256: registers, then: Webauthn signature was not valid
Authen::WebAuthn 0.001 ES384: refused: Unsupported algorithm -35
Authen::WebAuthn 0.001 EdDSA: refused: Unsupported algorithm -8'
