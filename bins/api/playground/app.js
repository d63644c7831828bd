// The page itself: four steps, the list of users, and the snippets.

import { Refusal, call, masked } from "./api.js";
import * as ceremony from "./ceremony.js";
import { byId, confirmButton, copy, fill, json, make, segments, source } from "./dom.js";
import { FIELDS, explain } from "./explain.js";
import { LANGUAGES, snippets } from "./snippets.js";
import * as wire from "./wire.js";

const STORED = "passgate.playground";
const where = { RPID: location.hostname, Origin: location.origin };
const forms = { register: byId("register"), signin: byId("signin"), stepup: byId("stepup") };

let keys = null;         // { appId, apiKey, apiSecret } of the application in use
let lastUser = null;     // { userId, alias } of the last registration
let autofill = null;     // the AbortController of a waiting autofill request
let waiting = null;      // the AbortController of a question that the browser is asking
let revealed = false;    // whether the secret key is shown

// Storage may be blocked; then the keys live as long as the page.

function remember() {
  try { localStorage.setItem(STORED, JSON.stringify({ keys, lastUser, reached })); } catch { /* kept in memory */ }
}

function recall() {
  try { return JSON.parse(localStorage.getItem(STORED)) ?? {}; } catch { return {}; }
}

// What is on the screen

function show() {
  for (const element of document.querySelectorAll("[data-when]")) element.hidden = (element.dataset.when === "application") !== Boolean(keys);
  for (const element of document.querySelectorAll("[data-needs]")) element.disabled = !keys;
  if (keys) {
    byId("key-app").textContent = keys.appId;
    byId("key-public").textContent = keys.apiKey;
    byId("key-secret").textContent = revealed ? keys.apiSecret : masked(keys.apiSecret);
    byId("key-secret").classList.toggle("open", revealed);
    byId("reveal").setAttribute("aria-pressed", String(revealed));
    byId("reveal").firstChild.textContent = revealed ? "Hide" : "Show";
  }
  showProgress();
  showSnippets();
}

const reached = { register: false, signin: false, stepup: false };

function showProgress() {
  const done = { "step-application": Boolean(keys), "step-register": reached.register, "step-signin": reached.signin, "step-stepup": reached.stepup };
  let next = true;
  for (const [id, isDone] of Object.entries(done)) {
    const step = byId(id);
    step.classList.toggle("done", isDone);
    step.classList.toggle("next", !isDone && next);
    step.classList.toggle("waiting", !keys && id !== "step-application");
    if (!isDone) next = false;
  }
}

let language = LANGUAGES[0][0];

function showSnippets() {
  const url = location.origin;
  const userId = lastUser?.userId ?? "user-1";
  const real = keys ?? { apiKey: "myapp:public:…", apiSecret: "myapp:secret:…" };
  const full = snippets(language, { url, userId, ...real });
  const shown = snippets(language, { url, userId, apiKey: real.apiKey, apiSecret: revealed ? real.apiSecret : masked(real.apiSecret) });
  fill(byId("snippets"), ...shown.map(({ title, text, remark }, index) => make("div.snippet", null,
    make("div.snippet-head", null, make("h3", null, title),
      make("button.quiet", { type: "button", onclick: (event) => copy(event.currentTarget, full[index].text) }, "Copy", make("span.sr", null, `: ${title}`))),
    make("pre", { tabindex: "0" }, make("code", null, source(text))),
    remark ? make("p.hint", null, make("code", null, remark[0]), ` ${remark[1]}`) : null)));
}

function note(step, content) {
  const place = byId(`note-${step}`);
  if (!content) return fill(place);
  fill(place, make(content.calm ? "div.calm" : "div.problem", null,
    make("strong", null, content.title),
    content.advice ? make("p", null, content.advice) : null,
    content.technical ? make("p.tech", null, content.technical) : null,
    content.forget ? make("div.actions", null, make("button", { type: "button", onclick: forget }, "Forget these keys")) : null));
}

/** Says something to those who do not see the page change. */
function announce(text) {
  byId("announce").textContent = text;
}

/**
 * Runs one thing the visitor asked for: busy button, wire group, note on failure. The button keeps the focus, so it is
 * not disabled; another press meanwhile does nothing. A question of the browser can be taken back, also with Escape.
 */
async function perform(step, title, button, work) {
  if (waiting) return;
  note(step, null);
  announce("");
  const result = byId(`result-${step}`);
  if (result) result.hidden = true;
  stopAutofill();
  button.classList.add("busy");
  button.setAttribute("aria-busy", "true");
  button.setAttribute("aria-disabled", "true");
  const mine = new AbortController();
  waiting = mine;
  const cancel = make("button.cancel", { type: "button", onclick: () => { button.focus(); mine.abort(); } }, "Cancel");
  // Of the browser's questions only: what is under way with the server is over in a moment.
  if (step !== "application") button.after(cancel);
  wire.begin(title);
  try {
    await work(mine.signal);
  } catch (error) {
    note(step, explain(error, step));
    await afterFailure(error);
  } finally {
    if (document.activeElement === cancel) button.focus();
    cancel.remove();
    waiting = null;
    button.classList.remove("busy");
    button.removeAttribute("aria-busy");
    button.removeAttribute("aria-disabled");
  }
}

/** A passkey the server does not know: tell the browser, so that it stops offering it. */
async function afterFailure(error) {
  if (!(error instanceof Refusal) || error.problem.errorCode !== "unknown_credential") return;
  try {
    await PublicKeyCredential.signalUnknownCredential?.({ rpId: where.RPID, credentialId: error.problem.credentialId });
  } catch { /* a browser that cannot keep such a list loses nothing */ }
}

// Step 1: an application

async function createApplication(event) {
  await perform("application", "Create a demo application", event.currentTarget, async () => {
    keys = await call(null, { path: "/playground/application", body: {}, caption: "The operator's act: on the command line it is passgate app create" });
    start();
  });
}

function useOwnKeys(event) {
  event.preventDefault();
  const data = new FormData(event.currentTarget);
  const apiKey = data.get("apiKey").trim();
  const apiSecret = data.get("apiSecret").trim();
  if (apiKey.split(":")[0] !== apiSecret.split(":")[0]) {
    return note("application", { title: "These keys belong to two applications", advice: "The part before the first colon must be the same in both." });
  }
  keys = { appId: apiKey.split(":")[0], apiKey, apiSecret };
  event.currentTarget.reset();
  start();
}

function start() {
  lastUser = null;
  revealed = false;
  for (const step of Object.keys(reached)) reached[step] = false;
  note("application", null);
  remember();
  suggestUser();
  show();
  listUsers(true);
  byId("step-register").querySelector("input").focus({ preventScroll: true });
}

function forget() {
  stopAutofill();
  keys = null;
  lastUser = null;
  revealed = false;
  for (const step of Object.keys(reached)) {
    reached[step] = false;
    note(step, null);
    byId(`result-${step}`).hidden = true;
  }
  note("application", null);
  note("users", null);
  remember();
  show();
  showUsers([]);
  byId("create-application").focus();
}

// Step 2: register

function suggestUser() {
  const random = crypto.getRandomValues(new Uint8Array(2));
  forms.register.userId.value = `user-${[...random].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function chosenOptions() {
  const { discoverable, userVerification, authenticatorType, hints } = forms.register.elements;
  return {
    discoverable: discoverable.value === "true",
    userVerification: userVerification.value,
    authenticatorType: authenticatorType.value,
    hints: [...hints].filter((hint) => hint.checked).map((hint) => hint.value),
  };
}

function showChosenOptions() {
  const { discoverable, userVerification, authenticatorType, hints } = chosenOptions();
  const words = [discoverable ? "discoverable" : "not discoverable", `verification ${userVerification}`];
  if (authenticatorType !== "any") words.push(authenticatorType);
  if (hints.length) words.push(`${hints.length} ${hints.length === 1 ? "hint" : "hints"}`);
  byId("register-options").textContent = words.join(", ");
}

/** From the backend's word to a stored passkey, and what the backend then knows. */
async function ceremonyOfRegistration(request, nickname, signal) {
  const { token } = await call(keys, { key: "secret", path: "/register/token", body: request, caption: "Who is to register, and how: only the backend may say" });
  const begun = await call(keys, { key: "public", path: "/register/begin", body: { token, ...where }, caption: "The browser gets a challenge and the options" });
  const response = await ceremony.create(begun.data, signal);
  const completed = await call(keys, {
    key: "public", path: "/register/complete", caption: "Passgate verifies the new passkey and stores it",
    body: { session: begun.session, response, nickname: nickname || undefined, ...where },
  });
  return { token: completed.token, verified: await verify(completed.token) };
}

async function register(event) {
  event.preventDefault();
  const data = new FormData(forms.register);
  const text = (name) => data.get(name).trim();
  const userId = text("userId");
  const alias = text("alias");
  await perform("register", "Register a passkey", forms.register.querySelector("button.primary"), async (signal) => {
    const request = { userId, username: alias || userId, ...chosenOptions() };
    if (text("displayName")) request.displayName = text("displayName");
    if (alias) request.aliases = [alias];
    const { token, verified } = await ceremonyOfRegistration(request, text("nickname"), signal);
    lastUser = { userId, alias };
    reached.register = true;
    remember();
    offerLastUser();
    showResult("register", `${userId} has a passkey`, verified, token);
    show();
  });
  listUsers(true);
}

const verify = (token) => call(keys, { key: "secret", path: "/signin/verify", body: { token }, caption: "The backend exchanges the token for the verified user" });

// Steps 3 and 4: sign in, step up

function offerLastUser() {
  if (!lastUser) return;
  forms.signin.userId.value = lastUser.userId;
  forms.signin.alias.value = lastUser.alias || forms.signin.alias.value;
}

const method = () => forms.signin.elements.method.value;

let shownMethod = null;

function showMethod() {
  shownMethod = method();
  for (const panel of document.querySelectorAll(".method")) panel.hidden = panel.dataset.method !== method();
  const isAutofill = method() === "autofill";
  forms.signin.querySelector("button.primary").hidden = isAutofill;
  stopAutofill();
  if (isAutofill && keys) signInByAutofill();
}

async function signIn(event) {
  event.preventDefault();
  const how = method();
  if (how === "autofill") return;
  const subject = how === "discoverable" ? {} : { [how]: forms.signin[how].value.trim() };
  if (how !== "discoverable" && !subject[how]) {
    note("signin", { calm: true, title: how === "alias" ? "Which alias?" : "Which user?", advice: "Type one that you registered above." });
    return forms.signin[how].focus();
  }
  await perform("signin", `Sign in by ${{ discoverable: "any passkey", alias: "alias", userId: "user ID" }[how]}`, forms.signin.querySelector("button.primary"),
    (signal) => ceremonyOfSignIn("signin", subject, signal));
  listUsers(true);
}

async function stepUp(event) {
  event.preventDefault();
  const subject = lastUser ? { userId: lastUser.userId } : {};
  await perform("stepup", "Step up", forms.stepup.querySelector("button.primary"), (signal) => ceremonyOfSignIn("stepup", { ...subject, purpose: "step-up" }, signal));
  listUsers(true);
}

async function ceremonyOfSignIn(step, subject, signal, isAutofill) {
  const begun = await call(keys, { key: "public", path: "/signin/begin", body: { ...subject, ...where }, caption: "The browser gets a challenge" });
  const response = await ceremony.get(begun.data, signal, isAutofill);
  const completed = await call(keys, { key: "public", path: "/signin/complete", body: { session: begun.session, response, ...where }, caption: "Passgate verifies the signature" });
  const verified = await verify(completed.token);
  reached[step] = true;
  remember();
  showResult(step, step === "stepup" ? `${verified.userId} confirmed` : `${verified.userId} signed in`, verified, completed.token);
  show();
}

function autofillState(text) {
  byId("autofill-state").textContent = text;
}

async function signInByAutofill() {
  note("signin", null);
  byId("result-signin").hidden = true;
  if (!await window.PublicKeyCredential?.isConditionalMediationAvailable?.()) {
    return autofillState("This browser does not offer passkeys in suggestions. Use one of the other ways.");
  }
  const mine = new AbortController();
  autofill = mine;
  wire.begin("Sign in by autofill");
  autofillState("Waiting. Click into the field and pick a passkey from the suggestions.");
  try {
    await ceremonyOfSignIn("signin", {}, mine.signal, true);
    listUsers(true);
    autofillState("Signed in. Choose the way again to wait once more.");
  } catch (error) {
    if (mine.signal.aborted) return;
    note("signin", explain(error, "signin"));
    await afterFailure(error);
    autofillState("Stopped. Choose the way again to wait once more.");
  } finally {
    if (autofill === mine) autofill = null;
  }
}

function stopAutofill() {
  if (!autofill) return;
  autofill.abort();
  autofill = null;
  autofillState("Stopped. Choose the way again to wait once more.");
}

/** What the backend got from `/signin/verify`, explained field by field or as it came. */
function showResult(step, title, verified, token) {
  const place = byId(`result-${step}`);
  const replay = make("div.note", { role: "status", "aria-live": "polite" });
  const view = make("div");
  const explained = () => make("dl.explained", null, ...Object.entries(verified).map(([name, value]) => make("div", null,
    make("dt", null, name),
    make("dd.value", null, value === null ? make("span.c", null, "null") : value === "" ? make("span.c", null, "\"\"") : String(value)),
    make("dd.meaning", null, FIELDS[name]?.(value) ?? ""))));
  const choice = make("div.segments", { role: "group", "aria-label": "How to show the result" });
  segments(choice, `view-${step}`, [["explained", "Explained"], ["json", "JSON"]], "explained",
    (chosen) => fill(view, chosen === "json" ? make("pre", { tabindex: "0" }, json(verified)) : explained()));
  const again = make("button", {
    type: "button",
    onclick: async (event) => {
      const button = event.currentTarget;
      if (button.getAttribute("aria-disabled")) return;
      button.setAttribute("aria-disabled", "true");
      wire.begin("Verify the same token again");
      try {
        await verify(token);
        fill(replay, make("div", null, make("strong", null, "Verified again"), make("p", null, "This application allows sign-in tokens to be verified more than once.")));
      } catch (error) {
        const { title: what, advice, technical } = explain(error, step);
        fill(replay, make("div.calm", null, make("strong", null, what), make("p", null, advice), technical ? make("p.tech", null, technical) : null));
      } finally {
        button.removeAttribute("aria-disabled");
      }
    },
  }, "Verify it again");
  fill(place,
    make("div.result-head", null, make("h3", null, title), choice),
    view,
    make("div.result-foot", null, make("p", null, "Your backend may trust this, because it came from Passgate and not from the browser."), again),
    replay);
  place.hidden = false;
  announce(title);
}

// Users and passkeys

let listFailed = false;

async function listUsers(quiet) {
  if (!keys) return;
  try {
    const users = await call(keys, { key: "secret", method: "GET", path: "/users/list", caption: "All users of the application", quiet });
    const known = await Promise.all(users.values.map(async (user) => ({
      ...user,
      credentials: (await call(keys, { key: "secret", method: "GET", path: `/credentials/list?userId=${encodeURIComponent(user.userId)}`, caption: "The passkeys of one user", quiet })).values,
    })));
    // What the note says of another act stays: only the list's own trouble is over.
    if (listFailed) note("users", null);
    listFailed = false;
    showUsers(known);
  } catch (error) {
    listFailed = true;
    note("users", explain(error, "users"));
  }
}

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const when = (text) => DATE.format(new Date(`${text}Z`));
const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;

function showUsers(users) {
  const list = byId("users-list");
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  const had = focused?.closest("[data-focus]")?.dataset.focus;
  if (users.length === 0) {
    fill(list, make("p.empty", null, keys ? "No users yet. The first one appears when a passkey is registered." : "Users appear here once there is an application."));
  } else {
    const newestFirst = [...users].sort((a, b) => (b.lastUsedAt ?? "").localeCompare(a.lastUsedAt ?? ""));
    fill(list, ...newestFirst.map((user) => make("article.user", null,
      make("div.user-head", null,
        make("h3", null, user.userId),
        make("span.facts", null, `${count(user.credentials.length, "passkey", "passkeys")}, ${count(user.aliasCount, "alias", "aliases")}`),
        act(`add ${user.userId}`, "button.quiet", "Add another device", `for ${user.userId}`, (event) => addDevice(user, event.currentTarget)),
        asked(`delete ${user.userId}`, confirmButton("Delete user", "Delete it all?", user.userId, () => removeUser(user)))),
      ...user.credentials.map((credential) => credentialRow(user, credential)))));
  }
  // What had the focus is drawn anew, or gone.
  if (focused) (list.querySelector(`[data-focus="${CSS.escape(had ?? "")}"]`) ?? byId("users-title")).focus();
}

/** A button that can be found again when the list is drawn anew. */
function act(id, selector, label, described, onclick) {
  return asked(id, make(selector, { type: "button", onclick }, label, make("span.sr", null, ` ${described}`)));
}

function asked(id, button) {
  button.dataset.focus = id;
  return button;
}

function credentialRow(user, credential) {
  const id = credential.descriptor.id;
  const tags = [
    credential.suspendedAt ? "suspended" : null,
    credential.isDiscoverable ? "discoverable" : null,
    credential.isBackupEligible === null ? null : credential.backupState ? "synced" : credential.isBackupEligible ? "can sync" : "stays on one device",
    ...(credential.descriptor.transports ?? []),
    credential.signatureCounter > 0 ? `used ${credential.signatureCounter}×` : null,
  ].filter(Boolean);
  const name = credential.nickname || "Passkey without a nickname";
  const rename = act(`rename ${id}`, "button.quiet", "Rename", name, () => askForName(row, user, credential));
  const suspend = credential.suspendedAt
    ? act(`suspend ${id}`, "button.quiet", "Resume", name, () => change(`Resume ${name}`, "/credentials/resume", { credentialId: id }, "The passkey may sign in again"))
    : act(`suspend ${id}`, "button.quiet", "Suspend", name, () => change(`Suspend ${name}`, "/credentials/suspend", { credentialId: id }, "The passkey stays, and cannot sign in"));
  const row = make(credential.suspendedAt ? "div.credential.suspended" : "div.credential", null, keyIcon(),
    make("div.about", null,
      make("h4", null, name),
      make("p.facts", null, `${credential.device?.trim() || "Unknown device"}. Last used ${when(credential.lastUsedAt)}.`),
      make("div.tags", null, ...tags.map((tag) => make("span.tag", null, tag)))),
    make("div.acts", null, rename, suspend,
      asked(`delete ${id}`, confirmButton("Delete", "Really delete?", name, () => removePasskey(user, credential, name)))));
  return row;
}

/** Puts a field in the place of a passkey's name. Escape leaves it as it was. */
function askForName(row, user, credential) {
  const about = row.querySelector(".about");
  const before = [...about.childNodes];
  const rename = row.querySelector(".acts button");
  const back = () => { about.replaceChildren(...before); rename.focus(); };
  const input = make("input", { name: "nickname", maxlength: "64", value: credential.nickname ?? "", "aria-label": "Nickname", placeholder: "My laptop" });
  const form = make("form.rename", {
    autocomplete: "off",
    onsubmit: async (event) => {
      event.preventDefault();
      back();
      await change(`Rename ${credential.nickname || "a passkey"}`, "/credentials/rename", { credentialId: credential.descriptor.id, nickname: input.value.trim() || null }, "Gives the passkey another nickname");
    },
    onkeydown: (event) => { if (event.key === "Escape") { event.stopPropagation(); back(); } },
  }, input, make("button.quiet", { type: "submit" }, "Save"), make("button.quiet", { type: "button", onclick: back }, "Cancel"));
  about.replaceChildren(form);
  input.focus();
  input.select();
}

/** Calls the backend's half, and draws the list anew; says so to those who do not see it. */
async function change(title, path, body, caption, after) {
  note("users", null);
  wire.begin(title);
  try {
    await call(keys, { key: "secret", path, body, caption });
    await after?.();
    await listUsers(true);
    announce(`${title}: done`);
  } catch (error) {
    note("users", explain(error, "users"));
  }
}

const removePasskey = (user, credential, name) =>
  change(`Delete ${name}`, "/credentials/delete", { credentialId: credential.descriptor.id }, "Deletes one passkey on the server", () => signalAccepted(user.userId));

const removeUser = (user) =>
  change(`Delete user ${user.userId}`, "/users/delete", { userId: user.userId }, "Deletes the user's passkeys and aliases", () => signalAccepted(user.userId));

/** Tells the device which passkeys the server still knows, so that it drops the others; where the browser can do that. */
async function signalAccepted(userId) {
  if (!window.PublicKeyCredential?.signalAllAcceptedCredentials) return;
  const path = `/signals/all-accepted-credentials?userId=${encodeURIComponent(userId)}&rpId=${encodeURIComponent(where.RPID)}`;
  const payload = await call(keys, { key: "secret", method: "GET", path, caption: "What the device may keep" });
  await ceremony.signal(payload);
}

async function addDevice(user, button) {
  await perform("users", `Add another device for ${user.userId}`, button, async (signal) => {
    await ceremonyOfRegistration({ userId: user.userId, username: user.userId, ...chosenOptions() }, null, signal);
    announce(`${user.userId} has another passkey`);
  });
  listUsers(true);
}

function keyIcon() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  for (const [name, value] of Object.entries({ d: "M14.8 9.2a4.8 4.8 0 1 0-3.4 4.6l1.5 1.6h2v2h2v2h3.3v-3.2l-5.7-5.4c.2-.5.3-1 .3-1.6ZM8.6 8.6h.01", fill: "none", stroke: "currentColor", "stroke-width": "1.8", "stroke-linejoin": "round", "stroke-linecap": "round" })) path.setAttribute(name, value);
  svg.append(path);
  return svg;
}

// The ground: is this a place where passkeys work?

/** Passkeys belong to domain names. An address of this very machine has one: localhost. */
function standsOnSolidGround() {
  const host = location.hostname;
  const isAddress = /^\d+\.\d+\.\d+\.\d+$/.test(host) || host.startsWith("[");
  const isLoopback = host.startsWith("127.") || host === "[::1]";
  const local = `http://localhost${location.port ? `:${location.port}` : ""}/`;
  if (isLoopback) {
    obstacle("Passkeys need a name, not an address", `Browsers tie a passkey to a domain name, and ${host} is an IP address. This machine has a name too: localhost.`, make("a", { href: local }, `Open ${local}`));
    location.replace(`${local}#moved`);
    return false;
  }
  if (isAddress) return obstacle("Passkeys need a name, not an address", `Browsers tie a passkey to a domain name, and ${host} is an IP address. Open this server by a name, over https.`);
  if (!window.isSecureContext) return obstacle("Passkeys need https", "Over plain http they work on localhost only. Put a TLS-terminating proxy in front of this server, or open it on the machine it runs on.");
  if (!window.PublicKeyCredential) return obstacle("This browser has no passkeys", "Use a current version of Chrome, Edge, Firefox or Safari.");
  if (location.hash === "#moved") {
    history.replaceState(null, "", "/");
    note("application", { calm: true, title: "You are on localhost now", advice: "Passkeys belong to names, not to IP addresses, so this page moved here by itself." });
  }
  return true;
}

function obstacle(title, advice, action) {
  const place = byId("obstacle");
  fill(place, make("h2", null, title), make("p", null, advice), action ? make("div.actions", null, action) : null);
  place.hidden = false;
  byId("try").hidden = true;
  return false;
}

function showReached(isUp) {
  byId("server").classList.toggle("up", isUp);
  byId("server").classList.toggle("down", !isUp);
  byId("server-text").textContent = isUp ? location.host : "no answer";
}

async function showServer() {
  try {
    const health = await (await fetch("/health/version")).json();
    const version = health.results?.version?.data?.version;
    if (version) byId("foot-version").textContent = `Passgate ${version}`;
    showReached(true);
  } catch {
    showReached(false);
  }
}

// Wiring

byId("create-application").addEventListener("click", createApplication);
byId("own-keys").addEventListener("submit", useOwnKeys);
byId("forget").addEventListener("click", forget);
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  waiting?.abort();
  stopAutofill();
});
byId("reveal").addEventListener("click", () => { revealed = !revealed; show(); });
for (const button of document.querySelectorAll("[data-copy]")) button.addEventListener("click", () => copy(button, keys[button.dataset.copy]));
/** A user id may have 64 bytes, and a letter may have several of them. */
function showLength() {
  const input = forms.register.userId;
  const bytes = new TextEncoder().encode(input.value.trim()).length;
  const tooLong = bytes > 64;
  input.setCustomValidity(tooLong ? `This id has ${bytes} bytes; 64 are allowed.` : "");
  byId("user-id-length").textContent = tooLong
    ? `${bytes} bytes: letters beyond plain ASCII have several. 64 are allowed.`
    : "Your own id for the user, at most 64 bytes.";
}

forms.register.userId.addEventListener("input", showLength);
forms.register.addEventListener("submit", register);
forms.register.addEventListener("change", showChosenOptions);
forms.signin.addEventListener("submit", signIn);
byId("methods").addEventListener("change", showMethod);
// A press on the way that is already chosen waits once more.
byId("methods").addEventListener("click", (event) => { if (event.target.value === "autofill" && shownMethod === "autofill" && !autofill) showMethod(); });
forms.stepup.addEventListener("submit", stepUp);
byId("refresh-users").addEventListener("click", () => { note("users", null); wire.begin("List users and passkeys"); listUsers(false); });

segments(byId("languages"), "language", LANGUAGES, language, (chosen) => { language = chosen; showSnippets(); });
window.addEventListener("reached", (event) => showReached(event.detail));
showChosenOptions();
showServer();
const recalled = recall();
({ keys = null, lastUser = null } = recalled);
Object.assign(reached, recalled.reached);
if (!standsOnSolidGround()) keys = null;
suggestUser();
offerLastUser();
show();
showMethod();
showUsers([]);
listUsers(true);
