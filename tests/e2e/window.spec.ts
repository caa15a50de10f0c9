import { copyProject } from "../../extension/scripts/projects.mjs";
import { expect, test } from "./fixtures.ts";

test("a folder opens in a real VS Code with its files", async ({ workbench, project }) => {
  copyProject("sample", project);

  await workbench.openFolder(project);
  await workbench.openFile("shop/discounts.py");

  await expect.poll(async () => (await workbench.editorLines()).get(7)).toBe("BULK_PIECES = 10");
  await workbench.screenshot("window");
});
