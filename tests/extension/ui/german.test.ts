import "../support/german";
import "../support/fakeVscode";

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Uri as RealUri } from "vscode";

import { CACHE_CLEAR } from "../../../extension/src/client/protocol.generated";
import { age, size } from "../../../extension/src/state/human";
import { grouped } from "../../../extension/src/state/numbers";
import { LAST_FAILED, tellNothing } from "../../../extension/src/ui/reruns";
import { Markers } from "../../../extension/src/ui/markers";
import { clearCache } from "../../../extension/src/ui/removals";
import { Status } from "../../../extension/src/ui/status";
import { block, renderDecorations } from "../support/draw";
import { ROOT, failureMarker, line, root, summary } from "../support/samples";
import { FakeServer } from "../support/server";
import { Uri, answers, messages, openEditor, statusBarItems, statusMessages } from "../support/vscode";

test("the status bar speaks German", () => {
  const status = new Status(true);
  status.update({ server: "running" });

  status.summarize(summary({ failed: 2, unfinished: 1, new: 1, passed: 5, total: 9 }));

  assert.equal(statusBarItems.at(-1)?.text, "$(testing-failed-icon) 2 fehlgeschlagen · 1 neu");
  assert.equal(
    statusBarItems.at(-1)?.tooltip,
    "2 Tests sind fehlgeschlagen, 1 ist nicht beendet, 1 ist neu, 5 von 9 Tests bestanden. " +
      "Klicken, um Fehlgeschlagenes erneut auszuführen.",
  );
});

test("markers speak German, and the reasons stay as pytest gives them", () => {
  const markers = new Markers(Uri.parse("file:///media") as unknown as RealUri, () => undefined);
  const editor = openEditor(`${ROOT}/t.py`, "def test_a():\n    assert 1 == 2\n", 1);

  markers.show({
    uri: `${ROOT}/t.py`,
    version: 1,
    failures: [failureMarker({ outdated: true })],
    new: [],
    unfinished: [],
    failed: [{ ids: ["t.py::test_a"], range: line(0, 0, 13), runs: 3 }],
  });
  const drawn = renderDecorations(editor);
  markers.dispose();

  assert.equal(
    drawn,
    block(`
    def test_a():  3 Testläufe fehlgeschlagen <descriptionForeground>
        assert 1 == 2  (outdated) veraltet: assert 1 == 2 <descriptionForeground>

    `),
  );
});

test("notifications, their buttons and what was read when a file was loaded are German", async () => {
  const server = new FakeServer();
  server.answer(CACHE_CLEAR, () => ({ undo: "1", problem: null, removed: 1 }));
  answers.push("Cache leeren");

  await clearCache(server, [root()], undefined);
  tellNothing(LAST_FAILED);

  assert.deepEqual(messages.at(-1), {
    text: "Der pytest-Cache von shop wurde geleert.",
    buttons: ["Rückgängig"],
  });
  assert.equal(
    statusMessages.at(-1),
    "$(testing-passed-icon) Kein fehlgeschlagener Test zum erneuten Ausführen",
  );
});

test("numbers are written as in German", () => {
  assert.equal(grouped(12_345), "12.345");
  assert.equal(size(1536), "1,5 KB");
  assert.equal(age(0, 7200), "vor 2 Std.");
});
