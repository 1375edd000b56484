// Calls Lago's own JavaScript client: one request a line in, as {method, path, body, query}; one answer a line out.
// Which of the client's functions a request is for is read from their own sources: each names its method and path.
import readline from "node:readline";
import { Client } from "lago-javascript-client";

const [address, key] = process.argv.slice(2);
const client = Client(key, { baseUrl: `${address}/api/v1` });

function described(call) {
  const source = call.toString();
  const template = /path: `([^`]*)`/.exec(source)[1];
  const names = [...template.matchAll(/\$\{(\w+)\}/g)].map((found) => found[1]);
  const escaped = template.replace(/[.*+?^()|[\]\\]/g, "\\$&").replace(/\$\{\w+\}/g, "([^/]+)");
  const parameters = source.slice(1, source.indexOf("params =")).split(",");
  const order = parameters.map((name) => name.trim()).filter((name) => name);
  return { call, names, order, method: /method: "(\w+)"/.exec(source)[1], pattern: new RegExp(`^${escaped}$`), template };
}

const calls = Object.values(client)
  .filter((group) => group && typeof group === "object")
  .flatMap((group) => Object.values(group))
  .filter((item) => typeof item === "function" && /path: `/.test(item))
  .map(described);
// A template without parameters is meant before one that would take the same words for a parameter.
calls.sort((one, other) => one.names.length - other.names.length);

async function answer({ method, path, body, query, operations }) {
  if (operations) return { operations: calls.map((item) => `${item.method} ${item.template}`) };
  const found = calls.find((item) => item.method === method && item.pattern.test(path));
  if (!found) return { missing: true };
  const values = found.pattern.exec(path).slice(1);
  const named = Object.fromEntries(found.names.map((name, index) => [name, values[index]]));
  const given = { ...named, data: body, query: query ?? {} };
  try {
    const response = await found.call(...found.order.map((name) => given[name]));
    return { status: response.status, value: response.data };
  } catch (response) {
    if (typeof response?.status !== "number") return { broken: String(response?.stack ?? response) };
    return { status: response.status, value: response.error };
  }
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
