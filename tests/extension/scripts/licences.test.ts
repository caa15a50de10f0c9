import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";

import { noticesOf, npmNotice, pythonNotice } from "../../../extension/scripts/licences.mjs";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pytest-recall-"));
after(() => {
  fs.rmSync(folder, { recursive: true });
});

/** A folder with files: path → text. */
function folderWith(name: string, files: Readonly<Record<string, string>>): string {
  for (const [file, text] of Object.entries(files)) {
    const target = path.join(folder, name, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, text);
  }
  return path.join(folder, name);
}

test("an npm package brings all texts of its licence", () => {
  const found = npmNotice(
    folderWith("left-pad", {
      "package.json": '{"name": "left-pad", "version": "1.3.0", "license": "MIT"}',
      "License.txt": "Do what you like.",
      "thirdpartynotices.txt": "Nothing of others.",
      "README.md": "Pads.",
    }),
  );

  assert.deepEqual(found, {
    name: "left-pad",
    version: "1.3.0",
    license: "MIT",
    texts: ["Do what you like.", "Nothing of others."],
  });
});

for (const [named, line] of [
  ["an expression", "License-Expression: MIT"],
  ["a name", "License: MIT"],
  ["a classifier", "Classifier: License :: OSI Approved :: MIT License"],
] as const) {
  test(`a Python package names its licence by ${named}`, () => {
    const found = pythonNotice(
      folderWith(`${named}.dist-info`, {
        METADATA: `Metadata-Version: 2.4\nName: pad\nVersion: 1.0\n${line}\n\nLicense: of the README\n`,
        "licenses/LICENSE": "Do what you like.",
      }),
    );

    assert.deepEqual(found, { name: "pad", version: "1.0", license: "MIT", texts: ["Do what you like."] });
  });
}

test("the notices are sorted, and those of one bundle are always the same text", () => {
  const one = { name: "one", version: "1", license: "MIT", texts: ["First.\r\nSecond.\r\n"] };
  const two = { name: "two", version: "2", license: "ISC", texts: ["Text."] };

  const text = noticesOf([two, one]);

  assert.equal(text, noticesOf([one, two]));
  assert.match(text, /one 1 \(MIT\)\n=+\n\nFirst\.\nSecond\.\n\n=+\ntwo 2 \(ISC\)\n=+\n\nText\.\n$/u);
});

test("a package under a licence that nobody has looked at, or without its text, is refused", () => {
  const named = { name: "pad", version: "1.0" };

  assert.throws(
    () => noticesOf([{ ...named, license: "GPL-3.0", texts: ["Text."] }]),
    /pad 1\.0 is under "GPL-3\.0"/u,
  );
  assert.throws(() => noticesOf([{ ...named, license: "MIT", texts: [] }]), /no text of its licence/u);
});
