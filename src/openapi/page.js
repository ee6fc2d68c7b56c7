// Shows the OpenAPI document of this service, and sends requests to the service.
"use strict";

const base = location.pathname.replace(/\/docs\/?$/, "");
const at = (id) => document.getElementById(id);

/** Creates an element with properties and children. Text is never parsed as markup. */
function element(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in node) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

/** Converts a description to nodes. Text between backticks becomes code. */
const prose = (text = "") => text.split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));

/** Resolves a reference. Returns a part without a reference unchanged. */
const resolve = (part, spec) =>
  part?.$ref ? part.$ref.slice(2).split("/").reduce((target, name) => target[name], spec) : part;

/** Returns the short name of a schema: its name or its type. */
function typeName(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.items) return `list of ${typeName(schema.items)}`;
  return [schema.type ?? "any"].flat().join(" or ") + (schema.format ? ` (${schema.format})` : "");
}

/** Creates a form field with its label and its description. */
function field(id, parameter, spec) {
  const schema = resolve(parameter.schema, spec) ?? {};
  const control = schema.enum || schema.type?.includes?.("boolean")
    ? element("select", {}, ...["", ...(schema.enum ?? ["true", "false"])].map((value) => element("option", { value }, value)))
    : element("input", { autocomplete: "off", placeholder: typeName(parameter.schema) });
  control.id = id;
  control.required = parameter.required ?? false;
  if (parameter.in === "path") control.value = parameter.name === "user_id" ? at("user").value : String(parameter.example ?? "");
  const label = element("label", { htmlFor: id }, parameter.name, parameter.required ? " *" : "");
  const note = element("p", { className: "field-note", id: `${id}-note` }, ...prose(parameter.description));
  control.setAttribute("aria-describedby", note.id);
  return { parameter, control, parts: [label, control, note] };
}

/** Creates the field of a request body, filled with the first example. */
function bodyField(id, operation) {
  const [[type, content]] = Object.entries(operation.requestBody.content);
  const examples = Object.values(content.examples ?? {}).map((example) => example.value);
  const text = examples.length > 0 ? JSON.stringify(examples[0], null, 2) : "";
  const control = element("textarea", { id, rows: Math.min(12, text.split("\n").length + 1), value: text, spellcheck: false });
  return { type, control, parts: [element("label", { htmlFor: id }, "Body"), control, element("p", { className: "field-note" }, type)] };
}

/** Builds the request of the fields: `[path, options]`. */
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
  const search = query.toString();
  return [base + target + (search && `?${search}`), options];
}

async function send(output, [path, options]) {
  output.replaceChildren(element("p", {}, "Waiting for the response."));
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
    output.replaceChildren(element("p", { className: "status" }, `No response: ${error.message}`));
  }
}

/** Creates the table of an operation's responses. */
function responseTable(operation, spec) {
  const rows = Object.entries(operation.responses).map(([status, response]) => {
    const { description, content = {} } = resolve(response, spec);
    const bodies = Object.entries(content).map(([type, { schema }]) => `${type}: ${typeName(schema)}`);
    return element("tr", {}, element("td", {}, status), element("td", {}, ...prose(description)), element("td", {}, bodies.join(", ")));
  });
  const head = ["Status", "Meaning", "Body"].map((text) => element("th", { scope: "col" }, text));
  return element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows));
}

/** Creates the collapsed section of an operation. Its content is created when it is first opened. */
function show(path, method, operation, spec) {
  const id = operation.operationId;
  const summary = element(
    "summary", {}, element("span", { className: "method" }, method.toUpperCase()), element("code", { className: "path" }, path),
    ` ${operation.summary ?? ""}`,
  );
  const details = element("details", { id }, summary);
  const fill = () => {
    const fields = (operation.parameters ?? []).map((part) => resolve(part, spec))
      .map((parameter, index) => field(`${id}-${index}`, parameter, spec));
    const body = operation.requestBody && bodyField(`${id}-body`, operation);
    const output = element("div", { className: "response", role: "status" });
    const grid = element("div", { className: "fields" }, ...[...fields, ...(body ? [body] : [])].flatMap(({ parts }) => parts));
    const form = element("form", {}, grid, element("button", {}, "Send"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(output, request(method, path, fields, body));
    });
    details.append(element("p", { className: "description" }, ...prose(operation.description)), form, output, responseTable(operation, spec));
  };
  details.addEventListener("toggle", fill, { once: true });
  return details;
}

/** Creates the section of the schemas, as JSON. */
function schemas(spec) {
  const all = Object.entries(spec.components.schemas).map(([name, schema]) =>
    element("details", {}, element("summary", {}, name), element("pre", { tabIndex: 0 }, JSON.stringify(schema, null, 2))));
  return element("section", { id: "schemas" }, element("h2", {}, "Schemas"), ...all);
}

function render(spec) {
  at("title").textContent = `${spec.info.title} ${spec.info.version}`;
  at("about").replaceChildren(...prose(spec.info.description));
  const sections = spec.tags.map(({ name, description }, index) => {
    const operations = Object.entries(spec.paths).flatMap(([path, item]) =>
      Object.entries(item).filter(([, { tags }]) => tags.includes(name)).map(([method, it]) => show(path, method, it, spec)));
    return element("section", { id: `tag-${index}` }, element("h2", {}, name), element("p", {}, description), ...operations);
  });
  sections.push(schemas(spec));
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
  .catch((error) => at("operations").replaceChildren(element("p", {}, `Cannot show the OpenAPI document: ${error.message}`)));
