// Shows the OpenAPI document beside this page, and sends the requests that its reader puts together.
"use strict";

const base = location.pathname.replace(/\/docs\/?$/, "");
const at = (id) => document.getElementById(id);

/** An element with properties and children; texts are texts, never markup. */
function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** A description, whose backticks stand around code. */
const prose = (text = "") => text.split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));

/** The part of the document that a reference leads to, or the part itself. */
const follow = (part, whole) =>
  part?.$ref ? part.$ref.slice(2).split("/").reduce((found, name) => found[name], whole) : part;

/** A schema in a word or two: its name, or its type. */
function named(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.items) return `list of ${named(schema.items)}`;
  return [schema.type ?? "any"].flat().join(" or ") + (schema.format ? ` (${schema.format})` : "");
}

/** A field of a form with its label and what is to be known of it. */
function field(id, parameter, whole) {
  const schema = follow(parameter.schema, whole) ?? {};
  const control = schema.enum || schema.type?.includes?.("boolean")
    ? element("select", {}, ...["", ...(schema.enum ?? ["true", "false"])].map((value) => element("option", { value }, value)))
    : element("input", { autocomplete: "off", placeholder: named(parameter.schema) });
  control.id = id;
  control.required = parameter.required ?? false;
  if (parameter.in === "path") control.value = parameter.name === "user_id" ? at("user").value : String(parameter.example ?? "");
  const label = element("label", { htmlFor: id }, parameter.name, parameter.required ? " *" : "");
  const note = element("p", { className: "field-note", id: `${id}-note` }, ...prose(parameter.description));
  control.setAttribute("aria-describedby", note.id);
  return { parameter, control, parts: [label, control, note] };
}

/** The examples of a body: its own texts, or JSON. */
function bodyField(id, operation) {
  const [[type, content]] = Object.entries(operation.requestBody.content);
  const examples = Object.values(content.examples ?? {}).map((example) => example.value);
  const text = examples.length > 0 ? JSON.stringify(examples[0], null, 2) : "";
  const control = element("textarea", { id, rows: Math.min(12, text.split("\n").length + 1), value: text, spellcheck: false });
  return { type, control, parts: [element("label", { htmlFor: id }, "Body"), control, element("p", { className: "field-note" }, type)] };
}

/** The request that the fields make: `[path, options]`. */
function request(method, path, fields, body) {
  const query = new URLSearchParams();
  const headers = new Headers();
  let target = path;
  for (const { parameter, control } of fields) {
    const value = control.value;
    if (parameter.in === "path") target = target.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else if (value !== "" && parameter.in === "query") query.set(parameter.name, value);
    else if (value !== "") headers.set(parameter.name, value);
  }
  const token = at("token").value.trim();
  if (token) headers.set("Authorization", `Bearer ${token}`);
  const options = { method: method.toUpperCase(), headers };
  if (body?.control.value.trim()) {
    headers.set("Content-Type", body.type);
    options.body = body.control.value;
  }
  const asked = query.toString();
  return [base + target + (asked && `?${asked}`), options];
}

async function send(output, [path, options]) {
  output.replaceChildren(element("p", {}, "Waiting for the answer."));
  try {
    const response = await fetch(path, options);
    const text = await response.text();
    const isJson = /\bjson\b/.test(response.headers.get("content-type") ?? "");
    output.replaceChildren(
      element("p", {}, `${options.method} ${path}`),
      element("p", { className: "status" }, `${response.status} ${response.statusText}`),
      element("pre", { tabIndex: 0, className: "headers" }, [...response.headers].map((pair) => pair.join(": ")).join("\n")),
      element("pre", { tabIndex: 0, className: "body" }, isJson && text ? JSON.stringify(JSON.parse(text), null, 2) : text),
    );
  } catch (error) {
    output.replaceChildren(element("p", { className: "status" }, `No answer: ${error.message}`));
  }
}

/** What an operation may answer, as a table. */
function answers(operation, whole) {
  const rows = Object.entries(operation.responses).map(([status, answer]) => {
    const { description, content = {} } = follow(answer, whole);
    const kinds = Object.entries(content).map(([type, { schema }]) => `${type}: ${named(schema)}`);
    return element("tr", {}, element("td", {}, status), element("td", {}, ...prose(description)), element("td", {}, kinds.join(", ")));
  });
  const head = ["Status", "Meaning", "Body"].map((text) => element("th", { scope: "col" }, text));
  return element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows));
}

/** An operation: closed until it is asked for, and made only then. */
function show(path, method, operation, whole) {
  const id = operation.operationId;
  const summary = element(
    "summary", {}, element("span", { className: "method" }, method.toUpperCase()), element("code", { className: "path" }, path),
    ` ${operation.summary ?? ""}`,
  );
  const details = element("details", { id }, summary);
  const fill = () => {
    const fields = (operation.parameters ?? []).map((part) => follow(part, whole))
      .map((parameter, index) => field(`${id}-${index}`, parameter, whole));
    const body = operation.requestBody && bodyField(`${id}-body`, operation);
    const output = element("div", { className: "answer", role: "status" });
    const grid = element("div", { className: "fields" }, ...[...fields, ...(body ? [body] : [])].flatMap(({ parts }) => parts));
    const form = element("form", {}, grid, element("button", {}, "Send"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(output, request(method, path, fields, body));
    });
    details.append(element("p", { className: "description" }, ...prose(operation.description)), form, output, answers(operation, whole));
  };
  details.addEventListener("toggle", fill, { once: true });
  return details;
}

/** The schemas, as they are written. */
function schemas(whole) {
  const all = Object.entries(whole.components.schemas).map(([name, schema]) =>
    element("details", {}, element("summary", {}, name), element("pre", { tabIndex: 0 }, JSON.stringify(schema, null, 2))));
  return element("section", { id: "schemas" }, element("h2", {}, "Schemas"), ...all);
}

function render(whole) {
  at("title").textContent = `${whole.info.title} ${whole.info.version}`;
  at("about").replaceChildren(...prose(whole.info.description));
  const sections = whole.tags.map(({ name, description }, index) => {
    const operations = Object.entries(whole.paths).flatMap(([path, item]) =>
      Object.entries(item).filter(([, { tags }]) => tags.includes(name)).map(([method, it]) => show(path, method, it, whole)));
    return element("section", { id: `tag-${index}` }, element("h2", {}, name), element("p", {}, description), ...operations);
  });
  sections.push(schemas(whole));
  at("contents").append(...sections.flatMap((section) =>
    [element("a", { href: `#${section.id}` }, section.querySelector("h2").textContent), " "]));
  at("operations").replaceChildren(...sections);
  at("operations").setAttribute("aria-busy", "false");
}

at("document").href = `${base}/openapi.json`;
at("credential").addEventListener("submit", (event) => event.preventDefault());
fetch(`${base}/openapi.json`)
  .then((response) => response.json())
  .then(render)
  .catch((error) => at("operations").replaceChildren(element("p", {}, `The document cannot be shown: ${error.message}`)));
