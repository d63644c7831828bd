// Calls to Passgate, each one shown on the wire. A backend makes the secret calls in real life; here this page plays it.

import { record } from "./wire.js";

/** A refusal, with the problem document the server sent. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.title ?? `HTTP ${status}`);
    this.status = status;
    this.problem = problem;
  }
}

/** The server could not be reached at all. */
export class Unreachable extends Error {}

const HEADERS = { public: "ApiKey", secret: "ApiSecret" };

/** `name:secret:…` with all but the last four characters hidden. */
export const masked = (key) => key.replace(/[0-9a-f]{28}(?=[0-9a-f]{4}$)/, "…");

/**
 * One call. `key` is "public" or "secret" and picks both the header and the party that speaks.
 * Resolves with the parsed body, or undefined for an empty one. Tells the window whether the server was `reached`.
 */
export async function call(keys, { key, method = "POST", path, body, caption, quiet }) {
  const headers = {};
  const shown = {};
  if (key) {
    const value = key === "secret" ? keys.apiSecret : keys.apiKey;
    headers[HEADERS[key]] = value;
    shown[HEADERS[key]] = key === "secret" ? masked(value) : value;
  }
  if (body !== undefined) headers["Content-Type"] = shown["Content-Type"] = "application/json";
  const sections = [["Request headers", shown]];
  if (body !== undefined) sections.push(["Request body", body]);
  const exchange = record({ who: key === "public" ? "browser" : "backend", line: [method, ` ${path}`], caption, sections, quiet });

  let response, text;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    text = await response.text();
  } catch {
    exchange.done("no answer", false, []);
    window.dispatchEvent(new CustomEvent("reached", { detail: false }));
    throw new Unreachable("No answer from the server");
  }
  window.dispatchEvent(new CustomEvent("reached", { detail: true }));
  let answer;
  try {
    answer = text ? JSON.parse(text) : undefined;
  } catch {
    answer = text;
  }
  exchange.done(String(response.status), response.ok, [["Response body", path === "/playground/application" && response.ok ? { ...answer, apiSecret: masked(answer.apiSecret) } : answer]]);
  if (!response.ok) throw new Refusal(response.status, answer && typeof answer === "object" ? answer : {});
  return answer;
}
