// Words: what each field of a verified sign-in means, and what to do when something was refused.

import { Refusal, Unreachable } from "./api.js";

const TYPES = {
  passkey_signin: "a passkey was used",
  passkey_register: "a passkey was registered just now",
  generated_signin: "your backend made it by hand",
  magic_link: "a link in an e-mail carried it",
};

/** The fields of `/signin/verify` in the order the server writes them: name, and a sentence made from its value. */
export const FIELDS = {
  userId: () => "Who it is: the id your backend gave when it asked for the registration token. Sign this user in.",
  timestamp: () => "When the ceremony was completed, in UTC.",
  rpId: () => "The RP ID: the domain the passkey belongs to. It works on no other.",
  origin: () => "The exact address of the page. Passgate checked it against what the browser signed.",
  success: () => "Always true here: a refusal is an HTTP error, never a false.",
  device: () => "Browser and system, as the browser describes itself. For people to read, not for decisions.",
  country: (value) => value ? "Where the request came from." : "Empty: nothing in front of this server says where requests come from.",
  nickname: (value) => value ? "What the user calls this passkey." : "This passkey has no nickname.",
  credentialId: () => "Which passkey it was (standard base64).",
  purpose: (value) => value === "step-up" ? "What the user agreed to. Demand this value before you do the sensitive thing."
    : value ? "What the sign-in was for. A step-up says step-up here." : "Registrations have no purpose.",
  expiresAt: () => "Until when your backend could have verified the token.",
  tokenId: () => "The token's own id. It verifies once; a second try is refused.",
  type: (value) => `How the token came to be: ${TYPES[value] ?? "another way"}.`,
};

/** Turns whatever was thrown into { title, advice, technical, calm }. `calm` means nobody did anything wrong. */
export function explain(error, doing) {
  if (error instanceof Unreachable) return { title: "The server does not answer", advice: "Is passgate still running? Look at the terminal you started it in, then try again." };
  if (error instanceof Refusal) return explainRefusal(error, doing);
  const known = BROWSER[error.name];
  const technical = `${error.name}: ${error.message}`;
  if (!known) return { title: "Something unexpected happened", advice: "The browser's own words are below.", technical };
  return { ...(typeof known === "function" ? known(doing) : known), technical };
}

const BROWSER = {
  NotAllowedError: (doing) => ({
    calm: true,
    title: "The browser stopped asking",
    advice: doing === "register"
      ? "The request was cancelled, took too long, or no authenticator fits the options you chose. Try again, perhaps with fewer options."
      : "The request was cancelled, took too long, or this device has no passkey that fits. Register one first, or sign in another way.",
  }),
  InvalidStateError: {
    calm: true,
    title: "This authenticator already holds a passkey for this user",
    advice: "That is the server's list of existing passkeys at work: one per user and authenticator. Use another user ID, or just sign in.",
  },
  SecurityError: { title: "The browser does not allow passkeys at this address", advice: "Passkeys need https, or http://localhost. An IP address will not do, and the RP ID must be the page's own domain." },
  AbortError: { calm: true, title: "Stopped", advice: "You took the question back, or another one took over. Nothing has changed." },
  ConstraintError: { title: "The authenticator cannot do what was asked", advice: "It may not store discoverable passkeys or verify the user. Relax those options." },
  NotSupportedError: { title: "The authenticator or browser does not support these options", advice: "Try an up-to-date browser, or another authenticator." },
  NotReadableError: { title: "The authenticator failed", advice: "Unplug it, plug it in again and retry." },
};

const CODES = {
  alias_conflict: { title: "Somebody else has this alias", advice: "An alias leads to one user only. Choose another alias, or use the user ID it belongs to." },
  unknown_credential: { title: "Passgate does not know this passkey", advice: "The device still has it, the server does not: it was deleted here, or belongs to another application. This page told the browser, so that it can stop offering it." },
  expired_token: { title: "The token came too late", advice: "Tokens live for minutes on purpose. Start again." },
  token_already_used: { title: "This token was verified before", advice: "A sign-in token verifies once, so that a stolen copy is worth nothing. Sign in again for a new one." },
  user_mismatch: { title: "This passkey belongs to somebody else", advice: "You named a user, and another user's passkey answered. A sign-in that names a user is completed by that user only." },
  credential_suspended: { title: "This passkey is suspended", advice: "It stays on the device, and cannot sign in until it is resumed in the list below." },
  session_already_used: { title: "This ceremony was completed before", advice: "Each challenge is answered once. Start again." },
  origin_not_allowed: { title: "This address may not use the application", advice: "The page's origin is not on the application's list, or does not belong to its RP ID." },
  max_users_reached: { title: "The application is full", advice: "It has a limit on users. Delete one, or raise the limit." },
  invalid_token: { title: "The server does not accept this token", advice: "It was made for another application or another step." },
  fido2_invalid_registration: { title: "The registration did not pass verification", advice: "The server's reason is below." },
  signin_complete_error: { title: "The signature did not pass verification", advice: "The server's reason is below." },
};

function explainRefusal({ status, problem }) {
  const technical = [problem.title, problem.detail, problem.errorCode && `errorCode ${problem.errorCode}`, `HTTP ${status}`].filter(Boolean).join(" · ");
  const known = CODES[problem.errorCode];
  if (known) return { ...known, technical };
  if (problem.errors) return { title: "Some values are not right", advice: Object.values(problem.errors).flat().join(" "), technical: `HTTP ${status}` };
  if (status === 401) return { title: "The server does not accept these keys", advice: "The application may be gone, or its keys locked; a fresh data directory forgets them. Forget these keys and create a new application.", technical, forget: true };
  if (status === 429) return { title: "Too many requests", advice: "Wait a moment and try again.", technical };
  if (status >= 500) return { title: "The server had a problem of its own", advice: "The terminal it runs in says more.", technical };
  return { title: problem.title ?? "The server refused", advice: problem.detail ?? "", technical: [problem.errorCode, `HTTP ${status}`].filter(Boolean).join(" · ") };
}
