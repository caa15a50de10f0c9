/** How the end-to-end tests run: one window after the other, each in a real VS Code. */
import { defineConfig } from "@playwright/test";

import { launchOptions, viewport } from "./browser.ts";

export default defineConfig({
  testDir: ".",
  outputDir: "../../test-results/e2e",
  workers: 1,
  retries: 0,
  forbidOnly: process.env["CI"] !== undefined,
  // Generous, because a busy machine is slow and not wrong; nothing waits longer than it has to.
  timeout: 180_000,
  expect: { timeout: 45_000 },
  reporter: [["list"], ["json"]],
  use: {
    viewport,
    actionTimeout: 45_000,
    navigationTimeout: 60_000,
    launchOptions,
    screenshot: "only-on-failure",
  },
});
