// validate.mjs MODULES SCHEMA: says of many config.json texts what ajv and JSON.parse say of them. MODULES is the folder whose
// node_modules holds ajv. Standard input is a JSON array of texts; standard output is a JSON array of one answer each: null where the
// text is no JSON, else the places where it breaks the schema, as "POINTER KEYWORD" in order. Of a value of a wrong type no bound is
// told.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [modules, schemaFile] = process.argv.slice(2);
const require = createRequire(resolve(modules, "package.json"));
const Ajv = require("ajv/dist/2020").default;
const validate = new Ajv({ allErrors: true, strict: true }).compile(JSON.parse(readFileSync(schemaFile, "utf8")));

function breaks(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (validate(value)) return [];
  const mistyped = new Set(validate.errors.filter(({ keyword }) => keyword === "type").map(({ instancePath }) => instancePath));
  return validate.errors
    .filter(({ instancePath, keyword }) => !(mistyped.has(instancePath) && ["minimum", "maximum"].includes(keyword)))
    .map(({ instancePath, keyword, params }) => {
      const key = params.unevaluatedProperty;
      const place = key === undefined ? "" : "/" + key.replaceAll("~", "~0").replaceAll("/", "~1");
      return `${instancePath}${place} ${keyword}`;
    })
    .sort();
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(breaks)));
