// The wire: every message between backend, browser, passkey and Passgate, grouped by what the visitor did.

import { byId, fill, json, make } from "./dom.js";

const body = byId("wire-body");
const INTRODUCTION = [
  ["backend", "asks Passgate for tokens, with the secret key."],
  ["browser", "begins and completes ceremonies, with the public key."],
  ["passkey", "signs Passgate's challenge, after asking the user."],
];

const SCRIPTS = [
  ["A registration will be", [["backend", "POST /register/token"], ["browser", "POST /register/begin"], ["passkey", "navigator.credentials.create()"], ["browser", "POST /register/complete"], ["backend", "POST /signin/verify"]]],
  ["A sign-in will be", [["browser", "POST /signin/begin"], ["passkey", "navigator.credentials.get()"], ["browser", "POST /signin/complete"], ["backend", "POST /signin/verify"]]],
];

let group = null;

/** Starts a group: what follows belongs to one thing the visitor did. */
export function begin(title) {
  group = make("section.group.only-quiet", null,
    make("div.group-head", null, make("h3", null, title), make("time", null, new Date().toLocaleTimeString([], { hour12: false }))));
  body.prepend(group);
  body.scrollTop = 0;
}

/**
 * Records a message that is on its way.
 * `who` is backend, browser or passkey; `line` is a pair such as ["POST", " /register/token"]; `sections` are titled JSON values.
 * `done(outcome, ok, more)` completes it.
 */
export function record({ who, line, caption, sections, quiet = false }) {
  if (!group?.isConnected) begin("Requests");
  if (!quiet) {
    group.classList.remove("only-quiet");
    body.querySelector(".wire-empty")?.remove();
  }
  const started = performance.now();
  const outcome = make("span.outcome", null, make("span.wait", null, "…"));
  const detail = make("div.detail", null, ...sections.map(section));
  const exchange = make(quiet ? "details.exchange.quietly" : "details.exchange", null,
    make("summary", null,
      make(`span.pill.${who}`, null, who),
      make("span.line", null, make("b", null, line[0]), line[1]),
      outcome,
      make("span.caption", null, caption)),
    detail);
  group.append(exchange);
  return {
    done(text, ok, more) {
      const took = Math.round(performance.now() - started);
      outcome.classList.toggle("long", text.length > 10);
      fill(outcome, make(ok ? "span.ok" : "span.no", null, text), ` ${took} ms`);
      detail.append(...more.map(section));
    },
  };
}

function section([title, value]) {
  const shown = value === undefined ? "empty" : typeof value === "string" ? value : json(value);
  return make("div", null, make("h4", null, title), make("pre", { tabindex: "0" }, shown));
}

/** Empties the wire, down to who will speak and in which order. */
export function clear() {
  group = null;
  fill(body, make("div.wire-empty", null,
    make("p", null, "Nothing yet. Three parties will speak here."),
    spoken(INTRODUCTION, "span"),
    ...SCRIPTS.flatMap(([title, lines]) => [make("h3", null, title), spoken(lines, "code")])));
}

const spoken = (lines, tag) => make("ol", null, ...lines.map(([who, says]) => make("li", null, make(`span.pill.${who}`, null, who), make(tag, null, says))));

byId("wire-clear").addEventListener("click", clear);
byId("wire-quiet").addEventListener("change", (event) => body.classList.toggle("show-quiet", event.target.checked));
clear();
