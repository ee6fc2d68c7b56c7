// Builds requests from the fields of an operation, sends them, and writes them as curl lines.
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

/** Builds the request of the fields: the path with its query, the headers, and the body if there is one. */
function buildRequest(method, path, fields, body) {
  const query = new URLSearchParams();
  const headers = [];
  let target = path;
  for (const { parameter, control } of fields) {
    const value = control.value;
    if (parameter.in === "path") target = target.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else if (value !== "" && parameter.in === "query") query.set(parameter.name, value);
    else if (value !== "") headers.push([parameter.name, value]);
  }
  const hasBody = Boolean(body?.control.value.trim());
  if (hasBody) headers.push(["Content-Type", body.type]);
  const search = query.toString();
  return { method: method.toUpperCase(), path: base + target + (search && `?${search}`), headers, body: hasBody ? body.control.value : undefined };
}

/** Quotes a text for a POSIX shell. */
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** Writes a request as a curl line. The token stays in the variable TOKEN. */
function curlLine({ method, path, headers, body }, isPublic) {
  const parts = ["curl"];
  if (method !== "GET") parts.push("-X", method);
  parts.push(quoted(location.origin + path));
  if (!isPublic) parts.push("-H", '"Authorization: Bearer $TOKEN"');
  for (const header of headers) parts.push("-H", quoted(header.join(": ")));
  // JSON needs no line breaks; those of a calendar stay
  const isJson = headers.some(([name, value]) => name === "Content-Type" && value.includes("json"));
  if (body !== undefined) parts.push("--data-raw", quoted(isJson ? body.replace(/\n\s*/g, " ") : body));
  return parts.join(" ");
}

/** Sends a request, and shows the response. */
async function send(output, { method, path, headers, body }) {
  output.replaceChildren(element("p", {}, "Waiting for the response."));
  const token = at("token").value.trim();
  const all = new Headers(headers);
  if (token) all.set("Authorization", `Bearer ${token}`);
  try {
    const response = await fetch(path, { method, headers: all, body });
    const text = await response.text();
    const isJson = /\bjson\b/.test(response.headers.get("content-type") ?? "");
    output.replaceChildren(
      element("p", {}, `${method} ${path}`),
      element("p", { className: "status" }, `${response.status} ${response.statusText}`),
      element("pre", { tabIndex: 0, className: "headers" }, [...response.headers].map((pair) => pair.join(": ")).join("\n")),
      element("pre", { tabIndex: 0, className: "body" }, isJson && text ? JSON.stringify(JSON.parse(text), null, 2) : text),
    );
  } catch (error) {
    output.replaceChildren(element("p", { className: "status" }, `No response: ${error.message}`));
  }
}

/** Creates the curl line of a request with a button that copies it. Without access to the clipboard, the button selects the line. */
function curlBlock(text) {
  const line = element("pre", { tabIndex: 0, className: "curl" }, text);
  const button = element("button", { type: "button" }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(line.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(line);
      button.textContent = "Selected";
    }
  });
  return { line, parts: [element("div", { className: "curl-line" }, line, button)] };
}
