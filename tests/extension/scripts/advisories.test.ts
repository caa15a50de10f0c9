import assert from "node:assert/strict";
import { test } from "node:test";

import { npmAnswer, pipAnswer } from "../../../extension/scripts/advisories.mjs";

test("npm tells what is known of packages, and by which of them others are concerned", () => {
  const report = {
    auditReportVersion: 2,
    vulnerabilities: {
      pad: {
        name: "pad",
        severity: "high",
        range: "<1.3.1",
        via: [{ title: "Pads for ever", url: "https://example.org/1" }],
      },
      text: { name: "text", severity: "high", range: "*", via: ["pad"] },
    },
  };

  assert.deepEqual(npmAnswer(JSON.stringify(report, undefined, 2)), {
    kind: "known",
    lines: ["pad <1.3.1 (high): Pads for ever https://example.org/1", "text * (high): by pad"],
  });
});

test("npm knows of nothing", () => {
  assert.deepEqual(npmAnswer('{\n  "auditReportVersion": 2,\n  "vulnerabilities": {}\n}\n'), {
    kind: "none",
  });
});

test("a registry without an audit, or no registry at all, is no good news", () => {
  const refused =
    "npm warn audit 405 Method Not Allowed\nnpm error audit endpoint returned an error\n" +
    '{\n  "message": "405 Method Not Allowed - POST",\n  "error": {\n    "summary": ""\n  }\n}\n' +
    "npm error A complete log of this run can be found in: a.log\n";

  assert.deepEqual(npmAnswer(refused), { kind: "unasked", why: "405 Method Not Allowed - POST" });
  assert.deepEqual(npmAnswer("npm error network\n"), { kind: "unasked", why: "npm error network" });
  assert.deepEqual(pipAnswer("", "Traceback\nConnectionError: no route\n"), {
    kind: "unasked",
    why: "ConnectionError: no route",
  });
});

test("PyPI tells what is known of packages, or that it knows of nothing", () => {
  const sound = { name: "attrs", version: "26.1.0", vulns: [] };
  const faulty = { name: "pad", version: "1.0", vulns: [{ id: "PYSEC-1", fix_versions: ["1.1", "2.0"] }] };

  assert.deepEqual(pipAnswer(JSON.stringify({ dependencies: [sound] }), ""), { kind: "none" });
  assert.deepEqual(pipAnswer(JSON.stringify({ dependencies: [sound, faulty] }), ""), {
    kind: "known",
    lines: ["pad 1.0: PYSEC-1, mended in 1.1, 2.0"],
  });
});

test("packages that PyPI was not asked of are not taken for sound, whatever pip-audit concludes", () => {
  const skipped = { name: "attrs", skip_reason: "Dependency not found on PyPI" };
  const output = "No known vulnerabilities found";

  assert.deepEqual(pipAnswer(JSON.stringify({ dependencies: [skipped] }), output), {
    kind: "unasked",
    why: "Dependency not found on PyPI",
  });
  assert.equal(pipAnswer('{"dependencies": []}', output).kind, "unasked");
});
