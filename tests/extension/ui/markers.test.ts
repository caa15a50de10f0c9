import "../support/fakeVscode";

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import type { Uri as RealUri } from "vscode";

import type { MarkersParams } from "../../../extension/src/client/protocol.generated";
import { Markers } from "../../../extension/src/ui/markers";
import { block, renderDecorations } from "../support/draw";
import { ROOT, failureMarker, line } from "../support/samples";
import { Uri, changeSetting, editors, openEditor, settings, type TextEditor } from "../support/vscode";

const URI = `${ROOT}/t.py`;
const TEXT = "def test_a():\n    assert 1 == 2\n";

const made: Markers[] = [];

afterEach(() => {
  editors.length = 0;
  settings.clear();
  for (const markers of made.splice(0)) markers.dispose();
});

function make(badge?: string): Markers {
  const markers = new Markers(Uri.parse("file:///media") as unknown as RealUri, () => badge);
  made.push(markers);
  return markers;
}

function message(rest: Partial<MarkersParams> = {}): MarkersParams {
  return { uri: URI, version: 1, failures: [failureMarker()], new: [], unfinished: [], ...rest };
}

function check(markers: MarkersParams, expected: string): void {
  const editor = openEditor(URI, TEXT, 1);

  make().show(markers);

  assert.equal(renderDecorations(editor), block(expected));
}

function marginOf(editor: TextEditor): string | undefined {
  const [decoration] = [...editor.decorations.values()].flat();
  return (decoration?.renderOptions?.after as { readonly margin?: string } | undefined)?.margin;
}

test("a failing line has an icon and its reason behind its end", () => {
  check(
    message(),
    `
    def test_a():
        assert 1 == 2  (failure) assert 1 == 2 <editorError.foreground>

    `,
  );
});

test("a failing line that has changed has another icon and is dimmed", () => {
  check(
    message({ failures: [failureMarker({ outdated: true })] }),
    `
    def test_a():
        assert 1 == 2  (outdated) outdated: assert 1 == 2 <descriptionForeground>

    `,
  );
});

test("a new test is called new behind its def line", () => {
  check(
    message({ failures: [], new: [{ range: line(0, 0, 13), ids: ["t.py::test_a"] }] }),
    `
    def test_a():  new <descriptionForeground>
        assert 1 == 2

    `,
  );
});

test("an unfinished test is called unfinished behind its def line", () => {
  check(
    message({ failures: [], unfinished: [{ range: line(0, 0, 13), ids: ["t.py::test_a"] }] }),
    `
    def test_a():  unfinished <descriptionForeground>
        assert 1 == 2

    `,
  );
});

test("a skipped test says why behind its def line, in one line", () => {
  const skipped = [{ range: line(0, 0, 13), message: "skipped: needs\na network", ids: ["t.py::test_a"] }];
  check(
    message({ failures: [], skipped }),
    `
    def test_a():  skipped: needs a network <descriptionForeground>
        assert 1 == 2

    `,
  );
});

test("markers of an older text are not drawn", () => {
  const editor = openEditor(URI, TEXT, 2);

  make().show(message({ version: 1 }));

  assert.equal(renderDecorations(editor), TEXT);
});

test("a late message does not replace a newer one", () => {
  const editor = openEditor(URI, TEXT, 1);
  const markers = make();

  markers.show(message({ version: 2, failures: [] }));
  markers.show(message({ version: 1 }));

  assert.equal(renderDecorations(editor), TEXT);
});

test("markers that came before the editor are drawn when it is shown", () => {
  make().show(message());

  const editor = openEditor(URI, TEXT, 1);

  assert.match(renderDecorations(editor), /\(failure\)/);
});

test("a document that was closed begins anew", () => {
  const markers = make();
  markers.show(message({ version: 9 }));

  markers.forget(Uri.parse(URI) as unknown as RealUri);
  const editor = openEditor(URI, TEXT, 1);
  markers.show(message({ version: 1 }));

  assert.match(renderDecorations(editor), /\(failure\)/);
});

test("with the server its markers go", () => {
  const editor = openEditor(URI, TEXT, 1);
  const markers = make();
  markers.show(message());

  markers.clear();

  assert.equal(renderDecorations(editor), TEXT);
});

test("the reason stands clear of the badge that VS Code may draw", () => {
  const editor = openEditor(URI, TEXT, 1);

  make("1 != 2").show(message());

  assert.equal(marginOf(editor), "0 0 0 94px");
});

test("the reason of a line that has changed needs no room, because the badge is gone", () => {
  const editor = openEditor(URI, TEXT, 1);

  make("1 != 2").show(message({ failures: [failureMarker({ outdated: true })] }));

  assert.equal(marginOf(editor), "0 0 0 2em");
});

const DEF = { range: line(0, 0, 13), ids: ["t.py::test_a"] };
const TRACE = {
  range: line(1, 4, 17),
  failures: [{ id: "u.py::test_b", message: "assert 1 == 2" }],
  count: 1,
};

test("a test that fails for long says so behind its def line", () => {
  check(
    message({ failures: [], failed: [{ ...DEF, runs: 3 }] }),
    `
    def test_a():  failed 3 runs <descriptionForeground>
        assert 1 == 2

    `,
  );
});

test("a test that has changed is called outdated behind its def line", () => {
  check(
    message({ failures: [failureMarker({ stale: true })], outdated: [DEF] }),
    `
    def test_a():  outdated <descriptionForeground>
        assert 1 == 2  (outdated) outdated: assert 1 == 2 <descriptionForeground>

    `,
  );
});

test("a line that a traceback goes through has an icon of its own, and is dimmed", () => {
  check(
    message({ failures: [], traces: [TRACE] }),
    `
    def test_a():
        assert 1 == 2  (trace) test_b: assert 1 == 2 <pytestRecall.tracebackForeground>

    `,
  );
});

test("what is shown changes at once with the settings", () => {
  const editor = openEditor(URI, "def test_a():\n    assert 1 == 2\n    check()\n", 1);
  const traces = [{ ...TRACE, range: line(2, 4, 11) }];
  make().show(message({ failed: [{ ...DEF, runs: 1 }], traces }));
  const drawn = (): string => renderDecorations(editor).replace(/ <[^>]*>/g, "");
  const all = drawn();

  changeSetting("pytestRecall.markers", "gutter");
  assert.equal(drawn(), "def test_a():\n    assert 1 == 2  (failure)\n    check()  (trace)\n");
  changeSetting("pytestRecall.markers", "text");
  assert.equal(drawn(), all.replace(/\(\w+\) /g, ""));
  changeSetting("pytestRecall.markers", "off");
  assert.equal(drawn(), editor.text);
  changeSetting("pytestRecall.markers", "all");
  assert.equal(drawn(), all);
  changeSetting("pytestRecall.markTracebacks", false);
  assert.equal(drawn(), all.replace(/ {2}\(trace\).*/, ""));
});

test("where there is nothing to draw, nothing is drawn again and again", () => {
  const editor = openEditor(URI, TEXT, 1);
  const markers = make();
  const nothing = message({ failures: [] });

  markers.show(nothing);
  assert.equal(editor.decorations.size, 0);
  markers.show(message());
  markers.show(nothing);

  assert.equal(editor.decorations.size, 1);
  assert.equal(renderDecorations(editor), TEXT);
});
