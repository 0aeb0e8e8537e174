// Checks every log query against the published columns of its table, without a network: `node validate.mjs [FOLDER...]`.
// An error ends with status 1 and is printed as file:line:column: message.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { argv, cwd, exit } from "node:process";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
// The package's own entry leaves its run-time library to be loaded first; both define globals.
require("@kusto/language-service-next/bridge.min.js");
require("@kusto/language-service-next/Kusto.Language.Bridge.min.js");
const { Bridge, Kusto } = globalThis;

function table(file) {
  const { name, columns } = JSON.parse(readFileSync(join(here, "tables", file), "utf8"));
  const schema = Object.entries(columns).map(([column, type]) => `['${column}']: ${type}`);
  return new Kusto.Language.Symbols.TableSymbol.$ctor7(name, `(${schema.join(", ")})`, null);
}

function workspace() {
  const tables = readdirSync(join(here, "tables")).filter((file) => file.endsWith(".json")).map(table);
  const database = new Kusto.Language.Symbols.DatabaseSymbol.ctor("workspace", tables);
  const globals = Kusto.Language.GlobalState.Default.WithDatabase(database);
  // The language service does not know Azure Monitor's workspace(): here it gives the same tables for every identifier.
  const identifier = new Kusto.Language.Symbols.Parameter.$ctor2("identifier", Kusto.Language.Symbols.ScalarTypes.String);
  const across = new Kusto.Language.Symbols.FunctionSymbol.$ctor5("workspace", database, [identifier]);
  return globals.WithFunctions([...Bridge.toArray(globals.Functions), across]);
}

function place(text, offset) {
  const lines = text.slice(0, offset).split("\n");
  return `${lines.length}:${lines.at(-1).length + 1}`;
}

function errors(folder, file, globals) {
  const text = readFileSync(join(folder, file), "utf8");
  const found = Kusto.Language.KustoCode.ParseAndAnalyze(text, globals).GetDiagnostics();
  return Bridge.toArray(found)
    .filter((diagnostic) => diagnostic.Severity === "Error")
    .map((error) => `${relative(cwd(), join(folder, file))}:${place(text, error.Start)}: ${error.Message}`);
}

function queries(folder) {
  const files = readdirSync(folder).filter((file) => file.endsWith(".kql")).sort();
  if (files.length === 0) {
    console.error(`${folder}: no .kql file`);
    exit(1);
  }
  return files.map((file) => [folder, file]);
}

const folders = argv.length > 2 ? argv.slice(2) : [join(here, "..", "..", "scanner", "collect", "queries")];
const found = folders.flatMap((folder) => queries(resolve(folder)));
const globals = workspace();
const wrong = found.flatMap(([folder, file]) => errors(folder, file, globals));
wrong.forEach((line) => console.error(line));
console.log(`${found.length} log queries, ${wrong.length} errors`);
exit(wrong.length ? 1 : 0);
