/** The browser that tests and tour drive: the machine's own Chromium, quiet and without a sandbox. */
import type { LaunchOptions } from "@playwright/test";

const chromium = process.env["CHROMIUM"];

export const viewport = { width: 1400, height: 900 };

export const launchOptions: LaunchOptions = {
  ...(chromium === undefined ? {} : { executablePath: chromium }),
  args: [
    // Chromium refuses its sandbox to root; it opens nothing but our own server.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};
