import { copySampleRunYesterday } from "../../extension/scripts/projects.mjs";
import { expect, test } from "./fixtures.ts";
import { failure, fresh } from "./sample.ts";

test.beforeEach(async ({ workbench, project }) => {
  await copySampleRunYesterday(project);
  await workbench.openFolder(project);
});

test("a failing line has a marker and the reason at its end, and both follow edits", async ({
  workbench,
}) => {
  await workbench.openFile(failure.file);

  await expect.poll(() => workbench.endOfLineText(failure.line)).toContain(failure.reason);
  await expect.poll(() => workbench.ownGlyphLines()).toContain(failure.line);
  await workbench.screenshot("4-failure");

  await workbench.insertLineAt(1, "# A comment on top.");

  await expect.poll(() => workbench.endOfLineText(failure.line + 1)).toContain(failure.reason);
  await expect.poll(() => workbench.ownGlyphLines()).toContain(failure.line + 1);
});

test("a new test is marked at its def line, and the mark follows edits", async ({ workbench }) => {
  await workbench.openFile(fresh.file);

  await expect.poll(() => workbench.endOfLineText(fresh.line)).toMatch(/\bnew\b/);
  await workbench.screenshot("4-new");

  await workbench.insertLineAt(1, "# A comment on top.");

  await expect.poll(() => workbench.endOfLineText(fresh.line + 1)).toMatch(/\bnew\b/);
});
