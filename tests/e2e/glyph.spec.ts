import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "./fixtures.ts";
import { passedIcons, watchPassedIcons } from "./glyphTimes.ts";
import { writeFiles } from "./projectFiles.ts";
import { reportMilliseconds } from "./reportSeconds.ts";

const names = Array.from({ length: 8 }, (_, number) => `test_${String(number)}`);

/** A test that is silent for a while and writes down, as its last act, when it ends. */
const stamping = (name: string, index: number) => `
def ${name}():
    time.sleep(${String(0.25 + 0.05 * index)})
    Path("${name}").write_text(str(time.time()))
`;

test("a test's glyph follows its end", async ({ workbench, project }) => {
  const imports = "import time\nfrom pathlib import Path\n\n";
  writeFiles(project, {
    "pytest.ini": "[pytest]\n",
    "test_stamps.py": imports + names.map(stamping).join("\n"),
  });
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.openTestRow("test_stamps.py");
  await watchPassedIcons(workbench.page);

  await workbench.runTestRow("test_stamps.py");
  await workbench.statusBarItem(/^\s*8 passed\s*$/).waitFor();
  await expect
    .poll(async () => [...(await passedIcons(workbench.page)).keys()])
    .toEqual(expect.arrayContaining(names));

  const icons = await passedIcons(workbench.page);
  const delays = names.map((name) => {
    const ended = Number(readFileSync(join(project, name), "utf8")) * 1000;
    return (icons.get(name) ?? NaN) - ended;
  });
  reportMilliseconds("from a test's last act to its glyph", delays);
  // A glyph that was there before the test ended would be that of another run.
  expect(Math.min(...delays)).toBeGreaterThan(0);
});
