import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { root, venvPython, vsix } from "../../extension/scripts/paths.mjs";
import { run } from "../../extension/scripts/processes.mjs";
import { copyProject } from "../../extension/scripts/projects.mjs";
import { expect, test } from "./fixtures.ts";

test("a folder opens in a real VS Code with its files", async ({ workbench, project }) => {
  copyProject("sample", project);

  await workbench.openFolder(project);
  await workbench.openFile("shop/discounts.py");

  await expect.poll(async () => (await workbench.editorLines()).get(7)).toBe("BULK_PIECES = 10");
  await workbench.screenshot("window");
});

test("the .vsix holds what the extension needs, and nothing else", async () => {
  const listing = await run(venvPython, ["-m", "zipfile", "-l", vsix]);
  const files = listing
    .split("\n")
    .slice(1)
    .map((line) => /^(.*?) +\d{4}-/.exec(line)?.[1] ?? "")
    .filter((name) => name.startsWith("extension/"))
    .map((name) => name.slice("extension/".length));

  const own = files.filter((name) => !/^dist\/python\/.*\.(py|typed)$/.test(name));
  const known =
    /^(package\.json|package\.nls(\.\w+)?\.json|l10n\/bundle\.l10n(\.\w+)?\.json|readme\.md|changelog\.md|LICENSE\.txt|THIRD_PARTY_NOTICES\.txt|dist\/extension\.js|docs\/images\/\w+\.png|extension\/media\/[\w-]+\.(svg|png)|dist\/python\/libs\/[^/]+\.dist-info\/.+)$/;
  expect(own.filter((name) => !known.test(name))).toEqual([]);
  expect(files.filter((name) => /\.(ts|map|pyc|pyi)$|(^|\/)(tests?|node_modules)\//.test(name))).toEqual([]);
  expect(files).toEqual(
    expect.arrayContaining(["dist/extension.js", "dist/python/start_server.py", "THIRD_PARTY_NOTICES.txt"]),
  );
  const notices = readFileSync(join(root, "THIRD_PARTY_NOTICES.txt"), "utf8");
  const libraries = new Set(files.map((name) => /([^/]+)\.dist-info\//.exec(name)?.[1]?.replace("-", " ")));
  for (const library of libraries) if (library !== undefined) expect(notices).toContain(`\n${library} (`);
  const texts = ["package.nls", "package.nls.de", "l10n/bundle.l10n", "l10n/bundle.l10n.de"];
  expect(files).toEqual(expect.arrayContaining(texts.map((name) => `${name}.json`)));
  expect(statSync(vsix).size).toBeLessThanOrEqual(3 * 1024 * 1024);
});
