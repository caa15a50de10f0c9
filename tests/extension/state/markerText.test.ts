import assert from "node:assert/strict";
import { test } from "node:test";

import type { TraceMarker } from "../../../extension/src/client/protocol.generated";
import { partsOf } from "../../../extension/src/state/markerParts";
import {
  failedText,
  failureHover,
  failureText,
  traceHover,
  traceText,
} from "../../../extension/src/state/markerText";
import { failureMarker, line } from "../support/samples";

const FIRST = { id: "t.py::test_a[1]", message: "ValueError:\n  no `coin`" };

function trace(count: number): TraceMarker {
  return { range: line(1, 4, 17), failures: [FIRST], count };
}

test("a failure whose test has changed is outdated, though its line has not", () => {
  const marker = failureMarker({ stale: true });

  assert.equal(failureText(marker), "outdated: assert 1 == 2");
  assert.match(failureHover(marker), /The test has changed since\./);
  assert.match(failureHover(failureMarker({ outdated: true, stale: true })), /The line has changed since\./);
});

test("a test that has failed once has just failed", () => {
  assert.equal(failedText({ range: line(0, 0, 3), ids: [], runs: 1 }), "failed");
  assert.equal(failedText({ range: line(0, 0, 3), ids: [], runs: 3 }), "failed 3 runs");
});

test("a line that a traceback goes through names the failure, or says how many they are", () => {
  assert.equal(traceText(trace(1)), "test_a[1]: ValueError: no `coin`");
  assert.equal(traceText(trace(12)), "12 failures through here");
});

test("the hover of such a line lists the failures, and how many more there are", () => {
  const hover = traceHover(trace(12));

  assert.match(hover, /^The tracebacks of these failures go through here:\n\n- `t\.py::test_a\[1\]`: /);
  assert.match(hover, /and 11 more$/);
  assert.match(traceHover(trace(1)), /^The traceback of a failure goes through here:/);
});

test("what ids and messages hold is shown as it stands and never as Markdown", () => {
  const link = "[x](https://example.org)";
  const id = `t.py::test_a[\n\n\`${link}]`;

  const hover = failureHover(failureMarker({ message: `\`\`\`\n${link}`, ids: [id] }));

  assert.equal(hover, `\`\`\`\`text\n\`\`\`\n${link}\n\`\`\`\`\n\n- \`\` t.py::test_a[ \`${link}] \`\``);
});

test("markers are drawn as the setting says", () => {
  assert.deepEqual(partsOf("all", true), { icons: true, text: true, traces: true });
  assert.deepEqual(partsOf("gutter", true), { icons: true, text: false, traces: true });
  assert.deepEqual(partsOf("text", false), { icons: false, text: true, traces: false });
  assert.deepEqual(partsOf("off", true), { icons: false, text: false, traces: false });
  assert.deepEqual(partsOf("lots", true), partsOf("all", true));
});
