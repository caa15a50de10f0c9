import { chmodSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { projectPython } from "../../extension/scripts/paths.mjs";
import { makeTemporaryFolder, runPytest } from "../../extension/scripts/projects.mjs";
import { startServer } from "../../extension/scripts/server.mjs";
import { journals, lastFailed, testsOfLastRun } from "./cacheFolder.ts";
import { expect, test as base } from "./fixtures.ts";
import { writeFiles } from "./projectFiles.ts";
import { Workbench } from "./workbench.ts";

/** A window of a server that names no interpreter: each root has to find its own. */
const test = base.extend({
  workbench: async ({ page }, use) => {
    const dataDir = makeTemporaryFolder();
    // Each run starts an interpreter, so that runs can be counted by that.
    const server = await startServer({ dataDir, settings: { "pytestRecall.warmStart": false } });
    await use(new Workbench(page, server.address, join(import.meta.dirname, "screenshots")));
    await server.end();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  },
});

const prices = "libs/prices";
const ini = "[pytest]\n";

/** A monorepo: a root in a root, each with a virtual environment that notes what it is started for. */
function writeMonorepo(project: string): void {
  writeFiles(project, {
    "pytest.ini": ini,
    "test_shop.py": "def test_shop_opens():\n    pass\n\n\ndef test_shop_sells():\n    assert 1 == 2\n",
    "libs/cart/test_cart.py": "def test_cart_is_empty():\n    pass\n",
    [`${prices}/pytest.ini`]: "[pytest]\npython_files = check_*.py\n",
    [`${prices}/check_prices.py`]:
      "def test_price_is_known():\n    pass\n\n\ndef test_price_is_low():\n    assert 9 < 5\n",
  });
  for (const root of [".", prices]) {
    const python = join(project, root, ".venv", "bin", "python");
    const note = join(project, root, ".venv", "uses");
    writeFiles(project, {
      [join(root, ".venv", "bin", "python")]:
        `#!/bin/sh\necho "$PWD $*" >> '${note}'\nexec '${projectPython}' "$@"\n`,
    });
    chmodSync(python, 0o755);
  }
}

/** In which folders the virtual environment of a root has run pytest. */
function runsOf(project: string, root: string): readonly string[] {
  const note = join(project, root, ".venv", "uses");
  const lines = existsSync(note) ? readFileSync(note, "utf8").split("\n") : [];
  return lines.filter((line) => line.includes("launcher.py")).map((line) => line.split(" ")[0] ?? "");
}

test("each root of a monorepo has a row, its failures and its own Python", async ({ workbench, project }) => {
  writeMonorepo(project);
  await runPytest(project, ["--ignore=libs"]);
  await runPytest(join(project, prices), []);

  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.expandAllTests();

  await expect(workbench.testRow("shop")).toBeVisible();
  await expect(workbench.testRow(prices)).toBeVisible();
  await expect(workbench.testRowIn("test_shop_sells", "Failed")).toBeVisible();
  await expect(workbench.testRowIn("test_price_is_low", "Failed")).toBeVisible();
  await expect(workbench.statusBarItem("2 failed")).toBeVisible();
  await workbench.screenshot("roots-rows");

  writeFiles(project, {
    [`${prices}/check_prices.py`]:
      "def test_price_is_known():\n    pass\n\n\ndef test_price_is_low():\n    pass\n",
  });
  await workbench.runTestRow(prices);

  await expect(workbench.testRowIn("test_price_is_low", "Passed")).toBeVisible();
  await expect(workbench.statusBarItem("1 failed")).toBeVisible();
  await expect.poll(() => lastFailed(join(project, prices))).toEqual([]);
  expect(testsOfLastRun(join(project, prices))).toEqual([
    "check_prices.py::test_price_is_known",
    "check_prices.py::test_price_is_low",
  ]);
  expect(runsOf(project, prices)).toEqual([join(project, prices)]);
  // The other root was left alone.
  await expect(workbench.testRowIn("test_shop_sells", "Failed")).toBeVisible();
  expect(runsOf(project, ".")).toEqual([]);
  expect(journals(project)).toHaveLength(1);
  await workbench.screenshot("roots-rerun");

  await workbench.runCommand("Pytest Recall: Select Interpreter…");
  await expect(workbench.quickPickRow("Browse…")).toHaveCount(0);
  await workbench.quickPickRow(prices).first().click();
  await expect(workbench.quickPickRow("pytest 9").first()).toContainText(".venv/bin/python");
  await workbench.quickPickRow("Browse…").waitFor();
  await workbench.screenshot("roots-interpreters");
  await workbench.page.keyboard.press("Escape");
});

test("all tests run each in its root, and a rerun takes the failures of both", async ({
  workbench,
  project,
}) => {
  writeMonorepo(project);
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.expandAllTests();

  await workbench.runCommand("Test: Run All Tests");

  await expect(workbench.statusBarItem("2 failed")).toBeVisible();
  await expect.poll(() => lastFailed(project)).toEqual(["test_shop.py::test_shop_sells"]);
  await expect.poll(() => lastFailed(join(project, prices))).toEqual(["check_prices.py::test_price_is_low"]);
  await expect
    .poll(() => testsOfLastRun(project))
    .toEqual([
      "libs/cart/test_cart.py::test_cart_is_empty",
      "test_shop.py::test_shop_opens",
      "test_shop.py::test_shop_sells",
    ]);
  await workbench.pressRerunKeys();
  await expect.poll(() => testsOfLastRun(project)).toEqual(["test_shop.py::test_shop_sells"]);
  await expect
    .poll(() => testsOfLastRun(join(project, prices)))
    .toEqual(["check_prices.py::test_price_is_low"]);
  expect(runsOf(project, ".")).toEqual([project, project]);
  expect(runsOf(project, prices)).toEqual([join(project, prices), join(project, prices)]);
});

test("a pytest.ini that is added while the window is open adds a root, and takes it along", async ({
  workbench,
  project,
}) => {
  writeMonorepo(project);
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.expandAllTests();
  await expect(workbench.testRow("libs/cart")).toHaveCount(0);

  writeFiles(project, { "libs/cart/pytest.ini": ini });

  await expect(workbench.testRow("libs/cart")).toBeVisible();
  await workbench.runTestRow("libs/cart");
  await expect
    .poll(() => testsOfLastRun(join(project, "libs/cart")))
    .toEqual(["test_cart.py::test_cart_is_empty"]);
  // It has no virtual environment of its own: the one above counts.
  expect(runsOf(project, ".")).toEqual([join(project, "libs/cart")]);
  await workbench.screenshot("roots-added");

  rmSync(join(project, "libs/cart/pytest.ini"));

  await expect(workbench.testRow("libs/cart")).toHaveCount(0);
  await expect(workbench.testRow(prices)).toBeVisible();
});
