// Makes build/component.wasm: a JavaScript engine and the mixin in one component.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { componentize } from "@bytecodealliance/componentize-js";

await mkdir("build", { recursive: true });
// The engine reads modules only.
const schema = JSON.parse(await readFile("schema.json", "utf8"));
await writeFile("build/schema.js", `export default ${JSON.stringify(schema)};\n`);

const { component } = await componentize({
  sourcePath: "mixin.js",
  witPath: "wit",
  worldName: "mixin",
  // A mixin never fetches anything. What remains of WASI is closed by porter.
  disableFeatures: ["http", "fetch-event"],
});
await writeFile("build/component.wasm", component);
