/**
 * Measures how soon what is typed is drawn while 10,000 results stream in, beside the same typing without a run.
 * It is no test of correctness and takes a minute, so it runs when it is asked for: `RECALL_TYPING=1 npm test -- e2e typing.spec`.
 */
import { testsOfLastRun } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";
import { writeFiles } from "./projectFiles.ts";
import type { Workbench } from "./workbench.ts";

const FILES = 1000;
const TESTS = 10;
const KEYS = 120;
/** Milliseconds between keys: somebody who types fast. */
const PACE = 100;
const OPEN = "pkg_03/test_0003.py";

/** What one stretch of typing was like, in milliseconds from a key to the frame that shows its character. */
interface Typing {
  readonly name: string;
  readonly times: readonly number[];
  readonly seconds: number;
}

test.skip(process.env["RECALL_TYPING"] === undefined, "it measures: RECALL_TYPING=1");

test("typing while 10,000 results stream in", async ({ workbench, project }) => {
  test.setTimeout(900_000);
  // Every tenth test fails in a helper, so that there is something to mark.
  const body = Array.from({ length: TESTS }, (_, number) =>
    number === 0 ? "def test_0():\n    check(1)\n" : `def test_${String(number)}():\n    assert True\n`,
  ).join("\n\n");
  const files = Array.from({ length: FILES }, (_, number): [string, string] => [
    `pkg_${String(number % 20).padStart(2, "0")}/test_${String(number).padStart(4, "0")}.py`,
    `from helper import check\n\n\n${body}`,
  ]);
  writeFiles(project, {
    ...Object.fromEntries(files),
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "helper.py": "def check(value):\n    assert value == 2\n",
  });
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.openFile(OPEN);
  await expect.poll(async () => (await workbench.gutterGlyphs()).length).toBeGreaterThan(0);

  const rounds = [await type(workbench, "without a run")];
  await workbench.runCommand("Test: Run All Tests");
  await workbench
    .statusBarItem(/\d+\/\d+/u)
    .first()
    .waitFor();
  rounds.push(await type(workbench, "while results stream in"));
  const finished = testsOfLastRun(project).length;
  await expect.poll(() => testsOfLastRun(project).length, { timeout: 600_000 }).toBe(FILES * TESTS);
  rounds.push(await type(workbench, "after the run"));

  const report = [...rounds.map(told), `At the end of the second, ${String(finished)} tests had run.`];
  process.stdout.write(`${report.join("\n")}\n`);
  for (const { times } of rounds) expect(times.length).toBeGreaterThan(0.9 * KEYS);
});

function told({ name, times, seconds }: Typing): string {
  const sorted = [...times].sort((one, other) => one - other);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(0);
  const figures = `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms`;
  return `${name}: ${figures} (${String(times.length)} keys in ${seconds.toFixed(0)} s)`;
}

async function type(workbench: Workbench, name: string): Promise<Typing> {
  const { page } = workbench;
  await workbench.goToLine(1);
  await page.keyboard.press("Home");
  await page.keyboard.type("# ");
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("End");
  await workbench.editor.evaluate(listen);
  const begin = Date.now();
  for (let key = 0; key < KEYS; key += 1) {
    await page.keyboard.press("x");
    // The pace of the keys is what is measured at; nothing is waited for.
    await page.waitForTimeout(PACE);
  }
  const seconds = (Date.now() - begin) / 1000;
  const times = await page.evaluate(
    () => (globalThis as unknown as { readonly keyTimes: readonly number[] }).keyTimes,
  );
  return { name, times, seconds };
}

/** Runs in the page: takes the time from each key to the end of the frame in which its line is longer. */
function listen(editor: Element): void {
  const shared = globalThis as unknown as { keyTimes: number[]; stopKeys?: AbortController };
  shared.stopKeys?.abort();
  const stop = (shared.stopKeys = new AbortController());
  const times: number[] = (shared.keyTimes = []);
  const pressed: number[] = [];
  // What stands there already: a number sign and a blank.
  let length = 2;
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "x") pressed.push(event.timeStamp);
    },
    { capture: true, signal: stop.signal },
  );
  const observer = new MutationObserver(() => {
    const lines = [...editor.querySelectorAll(".view-line")];
    const now = Math.max(
      ...lines.map((line) => (/^#.x/u.test(line.textContent) ? line.textContent.length : 0)),
    );
    for (; length < now && pressed.length > 0; length += 1) {
      const since = pressed.shift() ?? 0;
      const channel = new MessageChannel();
      channel.port1.onmessage = () => times.push(performance.now() - since);
      // The message comes after the frame that this one is drawn in.
      requestAnimationFrame(() => {
        channel.port2.postMessage(null);
      });
    }
  });
  observer.observe(editor.querySelector(".view-lines") ?? editor, {
    childList: true,
    subtree: true,
    characterData: true,
  });
  stop.signal.addEventListener("abort", () => {
    observer.disconnect();
  });
}
