import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";

import { logLines } from "../../../extension/src/client/serverLog";

test("each line of the server is logged at its own level, tracebacks with their record", async () => {
  const logged: string[] = [];
  const at = (level: string) => (text: string) => logged.push(`${level}: ${text}`);
  const stream = Readable.from([
    "2026-11-20 15:05:10,504 INFO server: ready\n2026-11-20 15:05:11,000 WARN",
    "ING server: odd\n2026-11-20 15:05:12,000 ERROR server: bad\nTraceback\n",
  ]);

  logLines(stream, { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") });
  await new Promise((resolve) => stream.on("close", resolve));

  assert.deepEqual(logged, [
    "info: server: ready",
    "warn: server: odd",
    "error: server: bad",
    "error: Traceback",
  ]);
});
