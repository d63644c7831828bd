// The browser's half of WebAuthn: options in, a credential out, bytes as base64url in between.

import { record } from "./wire.js";

const encode = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const decode = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const withBytes = (descriptors) => descriptors?.map((descriptor) => ({ ...descriptor, id: decode(descriptor.id) }));

/** Asks the browser to make a passkey. `signal` takes the question back. */
export async function create(options, signal) {
  const publicKey = {
    ...options,
    challenge: decode(options.challenge),
    user: { ...options.user, id: decode(options.user.id) },
    excludeCredentials: withBytes(options.excludeCredentials),
  };
  return perform("create", { publicKey, signal }, { publicKey: options }, "The browser asks the user and has a key pair made", (credential) => ({
    id: credential.id,
    rawId: encode(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: {
      attestationObject: encode(credential.response.attestationObject),
      clientDataJSON: encode(credential.response.clientDataJSON),
      transports: credential.response.getTransports?.() ?? [],
    },
  }), (credential) => credential.response.getAuthenticatorData?.());
}

/** Asks the browser for a signature by a passkey, through autofill or with a question. `signal` takes it back. */
export async function get(options, signal, isAutofill) {
  const publicKey = { ...options, challenge: decode(options.challenge), allowCredentials: withBytes(options.allowCredentials) };
  const conditional = isAutofill ? { mediation: "conditional" } : {};
  return perform("get", { publicKey, signal, ...conditional }, { publicKey: options, ...conditional },
    isAutofill ? "The browser waits for the user to pick a suggestion" : "The browser asks the user, the passkey signs the challenge", (credential) => ({
      id: credential.id,
      rawId: encode(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment,
      clientExtensionResults: credential.getClientExtensionResults(),
      response: {
        authenticatorData: encode(credential.response.authenticatorData),
        clientDataJSON: encode(credential.response.clientDataJSON),
        signature: encode(credential.response.signature),
        userHandle: credential.response.userHandle ? encode(credential.response.userHandle) : undefined,
      },
    }), (credential) => credential.response.authenticatorData);
}

/** Tells the browser which passkeys of a user are still known. A user may have several handles. */
export async function signal(payload) {
  const { otherUserIds = [], ...first } = payload;
  const exchange = record({ who: "passkey", line: ["PublicKeyCredential", ".signalAllAcceptedCredentials()"], caption: "The device hides or drops what is gone", sections: [["Payload", first]] });
  try {
    for (const userId of [first.userId, ...otherUserIds]) await PublicKeyCredential.signalAllAcceptedCredentials({ ...first, userId });
    exchange.done("ok", true, []);
  } catch (error) {
    // A device that does not hear it loses nothing: it offers a passkey that is refused.
    exchange.done(error.name, false, [["The browser says", error.message]]);
  }
}

async function perform(verb, request, shown, caption, read, authenticatorData) {
  const exchange = record({ who: "passkey", line: ["navigator.credentials", `.${verb}()`], caption, sections: [["Options", shown]] });
  try {
    const credential = await navigator.credentials[verb](request);
    const result = read(credential);
    exchange.done("ok", true, [
      ["What the browser signed off: client data", JSON.parse(new TextDecoder().decode(credential.response.clientDataJSON))],
      ["What the passkey signed: authenticator data", authenticatorDataFields(authenticatorData(credential)) ?? "not readable in this browser"],
      ["The credential", result],
    ]);
    return result;
  } catch (error) {
    exchange.done(error.name, false, [["The browser says", error.message]]);
    throw error;
  }
}

/** Reads the fixed part of authenticator data: what the flags say, the sign count, and the model of a new passkey. */
function authenticatorDataFields(buffer) {
  if (!buffer) return undefined;
  const bytes = new Uint8Array(buffer);
  const flags = bytes[32];
  const fields = {
    rpIdHash: encode(bytes.slice(0, 32)),
    userPresent: Boolean(flags & 0x01),
    userVerified: Boolean(flags & 0x04),
    backupEligible: Boolean(flags & 0x08),
    backedUp: Boolean(flags & 0x10),
    signCount: new DataView(bytes.buffer, bytes.byteOffset).getUint32(33),
  };
  if (flags & 0x40 && bytes.length >= 53) {
    const hex = [...bytes.slice(37, 53)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    fields.aaguid = hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
  }
  return fields;
}
