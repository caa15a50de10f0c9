import assert from "node:assert/strict";
import { test } from "node:test";

import { debugInfoText, type DebugInfo } from "../../../extension/src/state/debugInfo";

function textOf(rest: Partial<DebugInfo> = {}): string {
  return debugInfoText({
    versions: [["VS Code", "1.139.1"]],
    settings: {},
    status: "not running",
    log: [],
    home: "/home/ada",
    ...rest,
  });
}

test("versions, settings, the server and the log are Markdown that can be pasted", () => {
  const text = textOf({
    settings: { "pytestRecall.workers": 4 },
    status: { version: "0.1.0" },
    log: ["one", "two"],
  });

  assert.equal(
    text,
    `## Pytest Recall

- VS Code: 1.139.1

### Settings that are not the default

\`\`\`json
{
  "pytestRecall.workers": 4
}
\`\`\`

### Server

\`\`\`json
{
  "version": "0.1.0"
}
\`\`\`

### The end of the log

\`\`\`text
one
two
\`\`\`
`,
  );
});

test("values of variables and of options are nowhere in it, their names are", () => {
  const text = textOf({
    settings: {
      "pytestRecall.env": { TOKEN: "hunter22", GONE: null },
      "pytestRecall.args": ["-x", "--key=swordfish", "--user", "adalovelace", "tests"],
      "python.testing.pytestArgs": ["--other-key=trout!"],
    },
    log: ["TOKEN=hunter22 --key=swordfish --user adalovelace tests --other-key=trout!"],
  });

  for (const secret of ["hunter22", "swordfish", "adalovelace", "trout!"])
    assert.doesNotMatch(text, new RegExp(secret));
  assert.match(text, /"TOKEN": "…",\s+"GONE": null/);
  assert.match(text, /"-x",\s+"--key…",\s+"--user",\s+"…",\s+"…"/);
  assert.match(text, /TOKEN=… --key=… --user … tests --other-key=…/);
});

test("paths of the home folder begin with a tilde, in URIs and in JSON too", () => {
  const posix = textOf({
    settings: { "pytestRecall.interpreter": "/home/ada/x/python" },
    status: { roots: ["file:///home/ada/shop"] },
    log: ["/home/ada/shop"],
  });
  const windows = textOf({
    home: "C:\\Users\\ada",
    status: { root: "C:\\Users\\ada\\shop" },
    log: ["C:/Users/ada/x"],
  });

  assert.doesNotMatch(posix, /ada/);
  assert.match(posix, /~\/x\/python/);
  assert.doesNotMatch(windows, /ada/);
});

test("a log with fences of its own stays in one block", () => {
  assert.match(textOf({ log: ["```"] }), /`````text\n```\n`````/);
});
