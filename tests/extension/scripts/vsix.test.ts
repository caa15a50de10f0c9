import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";

import { packVsix } from "../../../extension/scripts/vsix.mjs";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pytest-recall-"));
after(() => {
  fs.rmSync(folder, { recursive: true });
});

const files = {
  "package.json": JSON.stringify({
    name: "sample",
    version: "1.0.0",
    publisher: "sample",
    engines: { vscode: "^1.96.0" },
    main: "./main.js",
    activationEvents: ["onStartupFinished"],
  }),
  ".vscodeignore": "*.map\n",
  "README.md": "A sample.\n",
  LICENSE: "Do what you like.\n",
  "main.js": "exports.activate = () => undefined;\n",
  "media/ä.svg": "<svg/>\n",
  "media/z.svg": "<svg/>\n",
};

/** Write the files in the order of *names*, with modes and times of the one who does it. */
function checkout(name: string, names: readonly string[], mode: number, seconds: number): string {
  const target = path.join(folder, name);
  for (const each of names) {
    const file = path.join(target, each);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, files[each as keyof typeof files]);
    fs.chmodSync(file, mode);
    fs.utimesSync(file, seconds, seconds);
  }
  return target;
}

test("a .vsix is the same to the byte whoever builds it, where and when", async () => {
  const names = Object.keys(files);
  const one = checkout("one", names, 0o644, 1_700_000_000);
  const other = checkout("an other", [...names].reverse(), 0o600, 1_234_567_890);
  const targets = ["one.vsix", "other.vsix"].map((name) => path.join(folder, name));

  await packVsix(one, targets[0] ?? "");
  // This file is run by a process of its own.
  Object.assign(process.env, { TZ: "Asia/Kolkata", LC_ALL: "sv_SE.UTF-8" });
  await packVsix(other, targets[1] ?? "");

  const [first, second] = targets.map((target) => fs.readFileSync(target));
  assert.ok((first?.length ?? 0) > 1000);
  assert.ok(first?.equals(second ?? Buffer.of()));
});
