/** What an end-to-end test stands on: one VS Code server for all, a copy of a project and a window for each. */
import { rmSync } from "node:fs";
import { join } from "node:path";

import { expect, test as base } from "@playwright/test";

import { projectPython } from "../../extension/scripts/paths.mjs";
import { makeTemporaryFolder } from "../../extension/scripts/projects.mjs";
import { startServer, type Server } from "../../extension/scripts/server.mjs";
import { Workbench } from "./workbench.ts";

export { expect } from "@playwright/test";

interface TestFixtures {
  /** A folder that does not exist yet, for a copy of a project; removed afterwards. */
  readonly project: string;
  readonly workbench: Workbench;
}

interface WorkerFixtures {
  /** The server that serves every window. */
  readonly server: Server;
}

const settings = {
  "pytestRecall.interpreter": projectPython,
  // Drawn as elements and not as a picture, the output can be read.
  "terminal.integrated.gpuAcceleration": "off",
};

export const test = base.extend<TestFixtures, WorkerFixtures>({
  server: [
    async ({}, use) => {
      const dataDir = makeTemporaryFolder();
      const server = await startServer({ dataDir, settings });
      await use(server);
      await server.end();
      rmSync(dataDir, { recursive: true, force: true });
    },
    { scope: "worker" },
  ],
  project: async ({}, use) => {
    const folder = makeTemporaryFolder();
    await use(join(folder, "shop"));
    // The window may still be writing its last cache file into the folder.
    await expect(() => {
      rmSync(folder, { recursive: true, force: true });
    }).toPass();
  },
  workbench: async ({ page, server }, use) => {
    await use(new Workbench(page, server.address, join(import.meta.dirname, "screenshots")));
  },
});
