// Building and finding elements. Text always goes in as text, never as markup.

/** The element with this id. */
export const byId = (id) => document.getElementById(id);

/**
 * Makes an element: `make("p.lead", { id: "x" }, "text", child)`.
 * Attributes that start with `on` are listeners; `true` sets a bare attribute, `false` and `null` leave it out.
 */
export function make(selector, attributes, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value == null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/** Replaces what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...children.filter((child) => child != null));
}

/** JSON as coloured elements, two spaces deep. */
export function json(value) {
  const text = JSON.stringify(value, null, 2) ?? "";
  return colour(text, /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)/gi, (m) =>
    m[1] ? (m[2] ? [["p", m[1]], ["", m[2]]] : [["s", m[1]]]) : m[3] ? [["k", m[3]]] : [["n", m[4]]]);
}

const KEYWORDS = /^(import|from|const|let|await|async|new|if|else|return|throw|try|catch|def|class|function|export|curl|npm|pip|print)$/;

/** Source text as coloured elements: comments, strings and a few keywords, enough for a snippet. */
export function source(text) {
  return colour(text, /((?:^|(?<=\s))(?:#|\/\/)[^\n]*)|("(?:\\.|[^"\\\n])*"|'[^']*'|`[^`]*`)|\b([A-Za-z_]+)\b/g, (m) =>
    m[1] ? [["c", m[1]]] : m[2] ? [["s", m[2]]] : KEYWORDS.test(m[3]) ? [["k", m[3]]] : [["", m[3]]]);
}

function colour(text, pattern, parts) {
  const out = document.createDocumentFragment();
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    out.append(text.slice(end, match.index));
    for (const [name, part] of parts(match)) out.append(name ? make(`span.${name}`, null, part) : part);
    end = match.index + match[0].length;
  }
  out.append(text.slice(end));
  return out;
}

/** A row of radio buttons that looks like one control. Calls back with the chosen value, also at the start. */
export function segments(container, name, choices, chosen, onChoose) {
  fill(container, ...choices.map(([value, label]) => make("label", null,
    make("input", { type: "radio", name, value, checked: value === chosen, onchange: () => onChoose(value) }),
    make("span", null, label))));
  onChoose(chosen);
}

/** Copies text, and lets the button say so for a moment. */
export async function copy(button, text) {
  const label = button.firstChild;
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(text);
    label.textContent = "Copied";
  } catch {
    label.textContent = "Select and copy by hand";
  }
  setTimeout(() => { label.textContent = before; }, 1600);
}

/** A button that asks once more before it acts: the second press within four seconds does it. */
export function confirmButton(label, sure, described, action) {
  let timer = null;
  const button = make("button.quiet.danger", { type: "button", "aria-label": `${label} ${described}` }, label);
  const calm = () => {
    timer = null;
    button.classList.remove("sure");
    button.textContent = label;
    button.setAttribute("aria-label", `${label} ${described}`);
  };
  button.addEventListener("click", async () => {
    if (timer === null) {
      button.classList.add("sure");
      button.textContent = sure;
      button.setAttribute("aria-label", `${sure} ${described}`);
      timer = setTimeout(calm, 4000);
      return;
    }
    clearTimeout(timer);
    calm();
    // It keeps the focus while it acts, so it is not disabled.
    if (button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    try { await action(); } finally { button.removeAttribute("aria-disabled"); }
  });
  button.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || timer === null) return;
    event.stopPropagation();
    clearTimeout(timer);
    calm();
  });
  return button;
}
