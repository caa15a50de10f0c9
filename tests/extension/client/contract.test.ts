import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "node:test";

import ts from "typescript";

const CONTRACT = path.resolve(__dirname, "../../contract");
const TYPES = path.resolve(__dirname, "../../../extension/src/client/protocol.generated.ts");

/** One line a sample: its JSON, which must satisfy its type, with no member too many. */
function sourceOf(samples: readonly string[], read: (sample: string) => string): string {
  const lines = samples.map((sample) => {
    const type = path.basename(sample, ".json");
    return `(${JSON.stringify(JSON.parse(read(sample)))}) satisfies protocol.${type};`;
  });
  return [`import type * as protocol from ${JSON.stringify(TYPES.replace(/\.ts$/, ""))};`, ...lines].join(
    "\n",
  );
}

/** What TypeScript has to say against `source`. */
function complaints(source: string): readonly string[] {
  const name = path.join(CONTRACT, "samples.ts");
  const options: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2022.d.ts"],
    types: [],
  };
  const real = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...real,
    readFile: (file) => (file === name ? source : real.readFile(file)),
    fileExists: (file) => file === name || real.fileExists(file),
    getSourceFile: (file, ...rest) =>
      file === name
        ? ts.createSourceFile(file, source, ts.ScriptTarget.ES2022)
        : real.getSourceFile(file, ...rest),
  };
  const program = ts.createProgram([name], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

test("every sample of the contract has the type of its name", () => {
  const samples = fs.readdirSync(CONTRACT).filter((name) => name.endsWith(".json"));
  assert.notEqual(samples.length, 0);

  const source = sourceOf(samples, (sample) => fs.readFileSync(path.join(CONTRACT, sample), "utf8"));

  assert.deepEqual(complaints(source), []);
});

test("a sample with a member too many or of the wrong type is told", () => {
  const wrong = new Map([
    ["RootParams.json", '{"root": "file:///shop", "extra": 1}'],
    ["CacheRemoval.json", '{"removed": "3", "problem": null}'],
  ]);

  const source = sourceOf([...wrong.keys()], (sample) => wrong.get(sample) ?? "");

  assert.equal(complaints(source).length, 2);
});
