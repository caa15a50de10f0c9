import { copySampleRunYesterday, runPytest } from "../../extension/scripts/projects.mjs";
import { expect, test } from "./fixtures.ts";
import { writeFiles } from "./projectFiles.ts";
import { failure, fresh } from "./sample.ts";
import type { Workbench } from "./workbench.ts";

async function openSample(workbench: Workbench, project: string): Promise<void> {
  await copySampleRunYesterday(project);
  await workbench.openFolder(project);
}

test("a failing line has a marker and the reason at its end, and both follow edits", async ({
  workbench,
  project,
}) => {
  await openSample(workbench, project);
  await workbench.openFile(failure.file);

  await expect.poll(() => workbench.endOfLineText(failure.line)).toContain(failure.reason);
  await expect.poll(() => workbench.ownGlyphLines()).toContain(failure.line);
  await workbench.screenshot("4-failure");

  await workbench.insertLineAt(1, "# A comment on top.");

  await expect.poll(() => workbench.endOfLineText(failure.line + 1)).toContain(failure.reason);
  await expect.poll(() => workbench.ownGlyphLines()).toContain(failure.line + 1);
});

test("a new test is marked at its def line, and the mark follows edits", async ({ workbench, project }) => {
  await openSample(workbench, project);
  await workbench.openFile(fresh.file);

  await expect.poll(() => workbench.endOfLineText(fresh.line)).toMatch(/\bnew\b/);
  await workbench.screenshot("4-new");

  await workbench.insertLineAt(1, "# A comment on top.");

  await expect.poll(() => workbench.endOfLineText(fresh.line + 1)).toMatch(/\bnew\b/);
});

const PRICES = `"""What things cost."""


def total(prices):
    return sum(price(each) for each in prices)


def price(value):
    if value < 0:
        raise ValueError(f"{value} is no price")
    return value
`;
const TESTS = `from shop.prices import price, total


def test_a_basket_has_a_total():
    basket = [1, 2]
    assert total(basket) == 4


def test_a_refund_counts():
    refund = [3, -1]
    assert total(refund) == 2


def test_a_price():
    assert price(-2) == 2


def test_a_gift():
    assert price(0) == 0
`;
const RAISING = 10;
const WAY = 5;
const REFUND = 9;

const themes = {
  dark: ["Default Dark Modern", "vs-dark"],
  light: ["Default Light Modern", "vs"],
  "high-contrast-dark": ["Default High Contrast", "hc-black"],
  "high-contrast-light": ["Default High Contrast Light", "hc-light"],
} as const;

test("markers tell failures, outdated tests and the ways of tracebacks in every theme, as the settings say", async ({
  workbench,
  project,
}) => {
  // Many scenes in one window: each would have to open its own.
  test.slow();
  const { page } = workbench;
  const set = (settings: Record<string, unknown>): void => {
    writeFiles(project, { ".vscode/settings.json": JSON.stringify(settings) });
  };
  const text = (line: number) => expect.poll(() => workbench.endOfLineText(line));
  const glyphs = () => expect.poll(() => workbench.ownGlyphLines());
  writeFiles(project, { "pytest.ini": "[pytest]\n", "shop/__init__.py": "", "shop/prices.py": PRICES });
  writeFiles(project, { "test_prices.py": TESTS.replace("def test_a_gift", "def gift") });
  await runPytest(project, []);
  await runPytest(project, []);
  writeFiles(project, { "test_prices.py": TESTS });
  set({});
  await workbench.openFolder(project);

  // On the lines of the source that the failures came through, and kept right while somebody types.
  await workbench.openFile("shop/prices.py");
  await text(RAISING).toBe("2 failures through here");
  await text(WAY).toBe("test_a_refund_counts: ValueError: -1 is no price");
  await glyphs().toEqual([WAY, RAISING]);
  await workbench.insertLineAt(1, "# Above.");
  await text(RAISING + 1).toBe("2 failures through here");
  await workbench.goToLine(RAISING + 1);
  await page.keyboard.press("End");
  await page.keyboard.type(" from None");
  await text(RAISING + 1).toBe("");
  await glyphs().toEqual([WAY + 1]);
  for (let left = " from None".length; left > 0; left -= 1) await page.keyboard.press("Backspace");
  await text(RAISING + 1).toBe("2 failures through here");
  await page.keyboard.press("Control+s");

  // What a test says of itself, and that what failed was another source.
  await workbench.openFile("test_prices.py");
  await text(REFUND).toBe("failed 2 runs");
  await text(18).toBe("new");
  await text(REFUND + 2).toContain("ValueError: -1 is no price");
  await workbench.goToLine(REFUND + 1);
  await page.keyboard.press("End");
  await page.keyboard.type("  # Less one.");
  await text(REFUND).toBe("outdated");
  await text(REFUND + 2).toBe("outdated: ValueError: -1 is no price");
  await page.keyboard.press("Control+s");

  // Beside each other, in every theme.
  await workbench.runCommand("View: Split Editor Right");
  await workbench.openFile("shop/prices.py");
  await text(RAISING + 1).toBe("2 failures through here");
  for (const [name, [theme, style]] of Object.entries(themes)) {
    set({ "workbench.colorTheme": theme });
    await page.locator(`.monaco-workbench.${style}`).waitFor();
    await workbench.screenshot(`markers-${name}`);
  }

  // Only what people want to see, at once.
  await workbench.openFile("test_prices.py");
  const shown = [6, 11, 15];
  await glyphs().toEqual(shown);
  set({ "pytestRecall.markers": "gutter" });
  await text(REFUND).toBe("");
  await glyphs().toEqual(shown);
  set({ "pytestRecall.markers": "text" });
  await text(REFUND).toBe("outdated");
  await glyphs().toEqual([]);
  set({ "pytestRecall.markers": "off" });
  await text(REFUND).toBe("");
  set({ "pytestRecall.markTracebacks": false });
  await glyphs().toEqual(shown);
  await workbench.openFile("shop/prices.py");
  await text(RAISING + 1).toBe("");

  set({});
  await workbench.reload();
  // Extensions wake long after a window is drawn where the machine is busy.
  await workbench.statusBarItem("3 failed").waitFor({ timeout: 120_000 });
  await workbench.openFile("shop/prices.py");
  await text(RAISING + 1).toBe("2 failures through here");
});
