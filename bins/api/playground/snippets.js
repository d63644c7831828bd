// Snippets for other people's code, with this server's address and the visitor's keys in them.

/** The languages, in the order they are offered. */
export const LANGUAGES = [["browser", "Browser"], ["node", "Node.js"], ["python", "Python"], ["curl", "curl"]];

/** Snippets of one language: title, text with the keys in it, and a remark. */
export function snippets(language, { url, apiKey, apiSecret, userId }) {
  return { browser: browser, node, python, curl }[language]({ url, apiKey, apiSecret, userId });
}

const browser = ({ url, apiKey }) => [
  {
    title: "In the page: register and sign in",
    text: `import { Client } from "@passwordlessdev/passwordless-client";

const passgate = new Client({
  apiUrl: "${url}",
  apiKey: "${apiKey}",
});

// registerToken comes from your backend, see Node.js, Python or curl.
const registered = await passgate.register(registerToken, "My laptop");

// Any of these. The token goes to your backend, which verifies it.
const signedIn = await passgate.signinWithDiscoverable();
// await passgate.signinWithAutofill();
// await passgate.signinWithAlias("fry@example.com");
// await passgate.signinWithId("user-1");

if (signedIn.error) console.error(signedIn.error.errorCode, signedIn.error.title);
else await fetch("/my-backend/session", { method: "POST", body: signedIn.token });`,
    remark: ["npm install @passwordlessdev/passwordless-client", "The public key may be seen by everybody."],
  },
  {
    title: "Ask again before something sensitive",
    text: `const confirmed = await passgate.stepup({
  signinMethod: { discoverable: true },
  purpose: "step-up",
});`,
  },
];

const node = ({ url, apiSecret, userId }) => [
  {
    title: "A registration token, then the verified user",
    text: `import { PasswordlessClient } from "@passwordlessdev/passwordless-nodejs";

const passgate = new PasswordlessClient("${apiSecret}", {
  baseUrl: "${url}",
});

// For the user who is registering now: hand the token to the page.
const { token } = await passgate.createRegisterToken({
  userId: "${userId}",
  username: "fry@example.com",
  aliases: ["fry@example.com"],
  aliasHashing: true,
  attestation: "none",
  discoverable: true,
  userVerification: "preferred",
});

// For the token the page brought back.
const user = await passgate.verifyToken(tokenFromThePage);
if (user) console.log("signed in:", user.userId);`,
    remark: ["npm install @passwordlessdev/passwordless-nodejs", "The secret key never leaves your backend."],
  },
];

const python = ({ url, apiSecret, userId }) => [
  {
    title: "A registration token, then the verified user",
    text: `from passwordless import (
    PasswordlessClientBuilder, PasswordlessOptions, RegisterToken, VerifySignIn,
)

options = PasswordlessOptions("${apiSecret}", "${url}")
passgate = PasswordlessClientBuilder(options).build()

# For the user who is registering now: hand the token to the page.
registered = passgate.register_token(
    RegisterToken(user_id="${userId}", username="fry@example.com", aliases=["fry@example.com"])
)
print(registered.token)

# For the token the page brought back.
user = passgate.sign_in(VerifySignIn(token_from_the_page))
print("signed in:", user.user_id)`,
    remark: ["pip install passwordless", "The secret key never leaves your backend."],
  },
];

const curl = ({ url, apiSecret, userId }) => [
  {
    title: "Ask for a registration token",
    text: `curl ${url}/register/token \\
  -H 'ApiSecret: ${apiSecret}' \\
  -H 'Content-Type: application/json' \\
  -d '{"userId": "${userId}", "username": "fry@example.com", "aliases": ["fry@example.com"]}'`,
  },
  {
    title: "Verify what the page brought back",
    text: `curl ${url}/signin/verify \\
  -H 'ApiSecret: ${apiSecret}' \\
  -H 'Content-Type: application/json' \\
  -d '{"token": "verify_..."}'`,
  },
  {
    title: "List a user's passkeys",
    text: `curl '${url}/credentials/list?userId=${encodeURIComponent(userId)}' \\
  -H 'ApiSecret: ${apiSecret}'`,
  },
];
