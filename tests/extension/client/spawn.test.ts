import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";

import { ended, startProcess } from "../../../extension/src/client/spawn";

test("the server is started in the home folder, as the question which Python it is", async () => {
  const top = await fs.mkdtemp(path.join(os.tmpdir(), "pytest-recall-"));
  const python = path.join(top, "python");
  await fs.writeFile(python, "#!/bin/sh\npwd -P\n", { mode: 0o755 });

  const child = await startProcess({ python, script: "start_server.py" });
  const said = await text(child.stdout);
  await ended(child);

  assert.equal(said.trim(), await fs.realpath(os.homedir()));
  await fs.rm(top, { recursive: true });
});
