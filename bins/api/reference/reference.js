// Draws the OpenAPI document of this server. Text always goes in as text, never as markup.

const byId = (id) => document.getElementById(id);

/** `make("p.lead", { id: "x" }, "text", child)` */
function make(selector, attributes, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

const METHODS = ["get", "post", "put", "patch", "delete"];
const nameOf = (schema) => schema.$ref?.split("/").pop();

/** Text in which `this` is code. */
function prose(text) {
  return text.split("`").map((part, index) => (index % 2 ? make("code", null, part) : part));
}

/** Words as code, with commas between them. */
function separated(words) {
  return words.flatMap((word, index) => [index ? ", " : "", make("code", null, String(word))]);
}

/** A path that breaks before its slashes only. */
function breakable(path) {
  return path.split(/(?=\/)/).flatMap((part) => [document.createElement("wbr"), part]);
}

class Reference {
  constructor(description) {
    this.description = description;
  }

  resolve(schema) {
    return schema?.$ref ? schema.$ref.slice(2).split("/").reduce((at, step) => at[step], this.description) : schema ?? {};
  }

  /** A type in words: `string or null`, `list of Credential`. */
  kind(schema) {
    if (!schema) return "anything";
    if (schema.$ref) return nameOf(schema);
    if (schema.anyOf) return schema.anyOf.map((each) => this.kind(each)).join(" or ");
    if ("const" in schema) return JSON.stringify(schema.const);
    const types = [schema.type ?? "anything"].flat();
    return types.map((type) => (type === "array" ? `list of ${this.kind(schema.items)}` : schema.format && type !== "null" ? `${type} (${schema.format})` : type)).join(" or ");
  }

  /** The limits of a value in words: `1 to 1000`, `at most 64 characters`. */
  limits(schema) {
    const range = (least, most, unit) => {
      // The greatest number that there is says nothing.
      if (most == null || most > Number.MAX_SAFE_INTEGER) return least ? `at least ${least}${unit}` : null;
      return least ? `${least} to ${most}${unit}` : `at most ${most}${unit}`;
    };
    return [
      range(schema.minimum, schema.maximum, ""),
      range(schema.minLength, schema.maxLength, " characters"),
      range(schema.minItems, schema.maxItems, " items"),
    ].filter(Boolean).join(", ");
  }

  /** What is said of a value: what it is for, what it may be, how long, and an example. */
  notes(schema, about) {
    // Choices stand once in the description, under a name of their own.
    const values = [schema, schema.items, ...(schema.anyOf ?? []), ...(schema.items?.anyOf ?? [])].filter(Boolean).map((each) => this.resolve(each));
    const choices = values.find((value) => value.enum)?.enum;
    const example = (schema.examples ?? values.find((value) => value.examples && !value.properties)?.examples)?.[0];
    about ??= values.find((value) => value.enum)?.description;
    const more = document.createDocumentFragment();
    if (about) more.append(...prose(about), " ");
    const limits = this.limits(schema);
    if (limits) more.append(`${limits[0].toUpperCase()}${limits.slice(1)}. `);
    if (choices?.length > 12) {
      more.append(make("details", null, make("summary", null, `One of ${choices.length}`), make("p.choices", null, ...separated(choices))));
    } else if (choices) {
      more.append("One of ", ...separated(choices), ". ");
    } else if (example !== undefined && schema.type !== "boolean" && !("const" in schema)) {
      more.append("For example ", make("code", null, JSON.stringify(example)), ".");
    }
    return more.childNodes.length ? make("div.notes", null, more) : null;
  }

  /** The shape inside a type, if it has one. */
  inside(schema) {
    const inner = schema?.anyOf?.find((each) => each.$ref) ?? schema?.items ?? schema;
    const shape = this.resolve(inner?.additionalProperties?.$ref ? inner.additionalProperties : inner);
    return shape.properties ? shape : null;
  }

  members(schema, depth = 0) {
    const shape = this.inside(schema);
    if (!shape) return null;
    const required = new Set(shape.required ?? []);
    const rows = Object.entries(shape.properties).map(([name, member]) => {
      const nested = depth < 3 ? this.members(member, depth + 1) : null;
      return make("li", null,
        make("div.member", null,
          make("code.name", null, name),
          make("span.kind", null, this.kind(member)),
          required.has(name) ? null : make("span.maybe", null, "optional")),
        this.notes(member, member.description),
        nested);
    });
    return make("ul.members", null, ...rows);
  }

  endpoint(path, method, operation) {
    const key = operation.security?.flatMap((each) => Object.keys(each))[0];
    const body = operation.requestBody?.content?.["application/json"]?.schema;
    const sections = [];
    if (operation.parameters?.length) {
      sections.push(make("section", null, make("h4", null, "Parameters"),
        make("ul.members", null, ...operation.parameters.map((parameter) => make("li", null,
          make("div.member", null,
            make("code.name", null, parameter.name),
            make("span.kind", null, `${this.kind(parameter.schema)} in the ${parameter.in}`),
            parameter.required ? null : make("span.maybe", null, "optional")),
          this.notes(parameter.schema, parameter.description))))));
    }
    if (body) sections.push(make("section", null, make("h4", null, "Body"), this.members(body)));
    const answers = Object.entries(operation.responses).filter(([status]) => status < 400);
    for (const [status, response] of answers) {
      const [type, content] = Object.entries(response.content ?? {})[0] ?? [];
      const what = !type ? "no body" : type.endsWith("json") ? this.kind(content.schema) : type;
      sections.push(make("section", null,
        make("h4", null, make("span.status.good", null, status), ` ${what}`),
        content ? this.members(content.schema) : null));
    }
    const refusals = Object.entries(operation.responses).filter(([status]) => status >= 400);
    sections.push(make("details", null, make("summary", null, `${refusals.length} refusals`),
      make("ul.refusals", null, ...refusals.map(([status, response]) =>
        make("li", null, make("span.status", null, status), make("span", null, response.description))))));
    return make("article.endpoint", { id: operation.operationId, "data-words": `${method} ${path} ${operation.summary ?? ""}`.toLowerCase() },
      make("header", null,
        make("h3", null, make(`span.method.${method}`, null, method.toUpperCase()), make("code.path", null, path)),
        key ? make("span.key", null, key) : make("span.key.none", null, "no key")),
      make("p.summary", null, operation.summary ?? ""),
      operation.description ? make("p.more", null, ...prose(operation.description)) : null,
      make("div.parts", null, ...sections));
  }

  draw() {
    const { info, tags, paths } = this.description;
    byId("title").textContent = `${info.title} API`;
    byId("about").textContent = info.description;
    byId("notice").hidden = true;
    const all = Object.entries(paths).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method]).map((method) => ({ path, method, operation: item[method] })));
    for (const { name, description } of tags) {
      const group = all.filter(({ operation }) => operation.tags?.[0] === name);
      byId("endpoints").append(make("section.group", { "aria-label": name },
        make("h2", null, name), make("p.lead", null, description),
        ...group.map(({ path, method, operation }) => this.endpoint(path, method, operation))));
      byId("contents").append(make("section.group", null, make("h2", null, name),
        make("ul", null, ...group.map(({ path, method, operation }) =>
          make("li", { "data-words": `${method} ${path} ${operation.summary ?? ""}`.toLowerCase() },
            make("a", { href: `#${operation.operationId}` }, make(`span.method.${method}`, null, method), make("span", null, ...breakable(path))))))));
    }
  }
}

function find(words) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  for (const element of document.querySelectorAll("[data-words]")) {
    element.hidden = !wanted.every((word) => element.dataset.words.includes(word));
  }
  for (const group of document.querySelectorAll(".group")) {
    group.hidden = !group.querySelector("[data-words]:not([hidden])");
  }
  const none = !document.querySelector("article:not([hidden])");
  byId("notice").hidden = !none;
  byId("notice").textContent = none ? "No endpoint matches." : "";
}

const wide = matchMedia("(min-width: 901px)");
const listed = byId("listed");
const fold = () => { listed.open = wide.matches; };
wide.addEventListener("change", fold);
fold();
document.querySelector("a.list").addEventListener("click", () => { listed.open = true; });
// On a narrow window the list is in the way once it was used.
byId("contents").addEventListener("click", (event) => { if (event.target.closest("a") && !wide.matches) listed.open = false; });

try {
  const response = await fetch(new URL("../openapi.json", import.meta.url));
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  new Reference(await response.json()).draw();
  byId("search").addEventListener("input", (event) => find(event.target.value));
  addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== byId("search")) {
      event.preventDefault();
      byId("search").focus();
    }
  });
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
} catch (error) {
  byId("notice").textContent = `The description could not be read: ${error.message}.`;
}
