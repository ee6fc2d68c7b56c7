
// Shows the OpenAPI document of this service: each operation once, at the selected path of tasks.

/** The path of tasks in the document, and all paths that serve the same operations. */
const owned = "/api/{user_id}/tasks";
const scopes = ["/api/tasks", owned, "/api/users/{user_id}/tasks"];

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
  if (schema.anyOf ?? schema.oneOf) return (schema.anyOf ?? schema.oneOf).map(typeName).join(" | ");
  return [schema.type ?? "any"].flat().join(" or ") + (schema.format ? ` (${schema.format})` : "");
}

/** Returns the members of an object's schema, also those of the schemas that it combines: `[name, schema, isRequired]`. */
function membersOf(part, spec) {
  const schema = resolve(part, spec) ?? {};
  if (schema.items) return membersOf(schema.items, spec);
  const alternatives = (schema.oneOf ?? schema.anyOf ?? []).map((it) => membersOf(it, spec));
  const combined = (schema.allOf ?? []).flatMap((it) => membersOf(it, spec));
  const own = Object.entries(schema.properties ?? {}).map(([name, member]) => [name, member, schema.required?.includes(name) ?? false]);
  const all = new Map();
  for (const [name, member, isRequired] of [...alternatives.flat(), ...combined, ...own]) {
    const values = [...(all.get(name)?.[1].enum ?? []), ...(member.enum ?? [])];
    const isAlwaysRequired = alternatives.every((members) => members.some((it) => it[0] === name && it[2]));
    all.set(name, [name, values.length > 0 ? { ...member, enum: [...new Set(values)] } : member, isRequired && isAlwaysRequired]);
  }
  return [...all.values()].sort((one, other) => other[2] - one[2]);
}

function table(headings, rows) {
  const head = element("tr", {}, ...headings.map((text) => element("th", { scope: "col" }, text)));
  const body = rows.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, ...[cell].flat()))));
  return element("div", { className: "table", tabIndex: 0 }, element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)));
}

/** Creates the table of the members of a body, and of the members of their items. */
function memberTable(schema, spec) {
  const members = membersOf(schema, spec).flatMap((member) => {
    const items = resolve(member[1], spec)?.items;
    const nested = items ? membersOf(items, spec).map(([name, ...rest]) => [`${member[0]}[].${name}`, ...rest]) : [];
    return [member, ...nested];
  });
  return members.length === 0 ? "" : table(["Field", "Type", "Meaning"], members.map(([name, member, isRequired]) =>
    [element("code", {}, name + (isRequired ? " *" : "")), typeName(member), prose(resolve(member, spec)?.description)]));
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

/** Creates the field of a request body, filled with the first example, beside the table of its members. */
function bodyField(id, operation, spec) {
  const [[type, content]] = Object.entries(operation.requestBody.content);
  const examples = Object.values(content.examples ?? {}).map((example) => example.value);
  const text = examples.length > 0 ? JSON.stringify(examples[0], null, 2) : "";
  const control = element("textarea", { id, rows: Math.min(20, text.split("\n").length + 1), value: text, spellcheck: false });
  const input = element("div", {}, element("label", { htmlFor: id }, "Body"), element("p", { className: "field-note" }, type), control);
  return { type, control, parts: [element("div", { className: "columns" }, input, memberTable(content.schema, spec))] };
}

/** Creates the example of a successful response, and the table of all responses. */
function responses(operation, spec) {
  const all = Object.entries(operation.responses).map(([status, response]) => [status, resolve(response, spec)]);
  const [status, success] = all.find(([code]) => code.startsWith("2")) ?? all[0];
  const [type, content] = Object.entries(success.content ?? {})[0] ?? [];
  const example = Object.values(content?.examples ?? {})[0]?.value;
  const shown = example === undefined ? "" : element("pre", { tabIndex: 0, className: "example" }, JSON.stringify(example, null, 2));
  const rows = all.map(([code, { description, content: bodies = {} }]) => [
    code, prose(description), Object.entries(bodies).map(([media, { schema }]) => `${media}: ${typeName(schema)}`).join(", "),
  ]);
  return [
    element("h4", {}, `Response ${status}`, type ? ` (${type})` : ""),
    element("div", { className: "columns" }, shown, content ? memberTable(content.schema, spec) : ""),
    element("h4", {}, "All responses"), table(["Status", "Meaning", "Body"], rows),
  ];
}

/** Fills the section of an operation: fields, body, curl line, button, and responses. */
function fill(details, { path, method, operation, aliases }, spec) {
  const id = operation.operationId;
  const inPath = (parameter) => parameter.in !== "path" || path.includes(`{${parameter.name}}`);
  const fields = (operation.parameters ?? []).map((part) => resolve(part, spec)).filter(inPath)
    .map((parameter, index) => field(`${id}-${index}`, parameter, spec));
  const body = operation.requestBody && bodyField(`${id}-body`, operation, spec);
  const isPublic = Boolean(operation.security);
  const current = () => buildRequest(method, path, fields, body);
  const curl = curlBlock(curlLine(current(), isPublic));
  const output = element("div", { className: "response", role: "status" });
  const grid = element("div", { className: "fields" }, ...fields.flatMap(({ parts }) => parts));
  const form = element("form", {}, grid, ...(body?.parts ?? []), ...curl.parts, element("button", { className: "send" }, "Send"));
  form.addEventListener("input", () => { curl.line.textContent = curlLine(current(), isPublic); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(output, current());
  });
  const also = aliases.length === 0 ? "" : element("p", {}, "The same: ", ...aliases.flatMap((alias) => [element("code", {}, alias), " "]));
  details.append(element("p", { className: "description" }, ...prose(operation.description)), also, form, output, ...responses(operation, spec));
}

const methodName = (method) => element("span", { className: `method ${method}` }, method.toUpperCase());

/** Creates the collapsed section of an operation. Its content is created when it is first opened. */
function show(entry, spec) {
  const { path, method, operation } = entry;
  const summary = element("summary", {}, methodName(method), element("code", { className: "path" }, path), ` ${operation.summary ?? ""}`);
  const details = element("details", { id: operation.operationId }, summary);
  const names = (operation.parameters ?? []).map((part) => resolve(part, spec).name);
  details.words = [method, path, operation.summary, operation.description, operation.operationId, ...names].join(" ").toLowerCase();
  details.addEventListener("toggle", () => fill(details, entry, spec), { once: true });
  return details;
}

/** Lists the operations that are not aliases of others, each with the aliases of its method and path. */
function operationsOf(spec) {
  const all = Object.entries(spec.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })));
  const scoped = (path) => path.replace(owned, at("scope").value);
  const isAliasPath = (path) => scopes.some((scope) => scope !== owned && path.startsWith(scope));
  return all.filter(({ operation }) => !operation["x-alias-of"]).map((entry) => ({
    ...entry,
    path: scoped(entry.path),
    aliases: all.filter(({ path, operation }) => operation["x-alias-of"] === entry.operation.operationId && !isAliasPath(path))
      .map(({ path, method }) => `${method.toUpperCase()} ${scoped(path)}`),
  }));
}

/** Shows the operations whose words contain all words of the filter. */
function applyFilter() {
  const words = at("filter").value.toLowerCase().split(/\s+/);
  for (const section of document.querySelectorAll("main > section[data-tag]")) {
    const operations = [...section.querySelectorAll("details[id]")];
    operations.forEach((details) => { details.hidden = !words.every((word) => details.words.includes(word)); });
    section.hidden = operations.every((details) => details.hidden);
  }
}

/** Creates the section of the schemas: the members of each. */
function schemas(spec) {
  const all = Object.entries(spec.components.schemas).map(([name, schema]) => element("details", {}, element("summary", {}, name),
    element("p", {}, ...prose(schema.description)), memberTable(schema, spec), element("pre", { tabIndex: 0 }, JSON.stringify(schema, null, 2))));
  return element("section", { id: "schemas" }, element("h2", {}, "Schemas"), ...all);
}

function render(spec) {
  at("title").textContent = `${spec.info.title} ${spec.info.version}`;
  const entries = operationsOf(spec);
  const sections = spec.tags.map(({ name, description }) => {
    const operations = entries.filter(({ operation }) => operation.tags.includes(name)).map((entry) => show(entry, spec));
    return element("section", { "data-tag": name }, element("h2", {}, name), element("p", {}, description), ...operations);
  });
  at("operations").replaceChildren(...sections.filter((section) => section.querySelector("details")), schemas(spec));
  at("operations").setAttribute("aria-busy", "false");
  applyFilter();
}

at("document").href = `${base}/openapi.json`;
at("errors").href = `${base}/docs/errors`;
at("scope").append(...scopes.map((value) => element("option", { value }, value)));
at("settings").addEventListener("submit", (event) => event.preventDefault());
at("filter").addEventListener("input", applyFilter);
fetch(`${base}/openapi.json`)
  .then((response) => response.json())
  .then((spec) => {
    at("about").append(...spec.info.description.split("\n\n").map((paragraph) => element("p", {}, ...prose(paragraph))));
    at("scope").addEventListener("change", () => render(spec));
    render(spec);
  })
  .catch((error) => at("operations").replaceChildren(element("p", {}, `Cannot show the OpenAPI document: ${error.message}`)));
