/** Short ways to write the contract's values. */

import type {
  CacheEntry,
  DoctorResult,
  FailureMarker,
  FailurePlace,
  Finding,
  Node,
  PastRun,
  Range,
  Record,
  Root,
  SummaryParams,
  TestFile,
  TestsParams,
} from "../../../extension/src/client/protocol.generated";

export const ROOT = "file:///shop";

export function root(uri = ROOT, name = "shop"): Root {
  return { uri, name, folder: uri, configFile: null, problems: [] };
}

export function lines(start: number, end: number): Range {
  return { start: { line: start, character: 0 }, end: { line: end, character: 0 } };
}

export function line(number: number, start: number, end: number): Range {
  return { start: { line: number, character: start }, end: { line: number, character: end } };
}

/** A node with those below it. */
export type Branch = Omit<Node, "parent" | "index"> & { readonly children: readonly Branch[] };

/** A file with all that is below it. */
export interface Leafy {
  readonly file: TestFile;
  readonly nodes: readonly Node[];
}

export function node(id: string, rest: Partial<Branch> = {}): Branch {
  const label = /\[.*\]$/.exec(id)?.[0] ?? id.slice(id.lastIndexOf(":") + 1);
  return {
    id,
    label,
    kind: "function",
    range: null,
    new: false,
    failed: false,
    unfinished: false,
    children: [],
    ...rest,
  };
}

/** The same nodes one after the other, as the server tells them. */
export function flat(parent: string, branches: readonly Branch[]): readonly Node[] {
  return branches.flatMap(({ children, ...branch }, index) => [
    { ...branch, parent, index },
    ...flat(branch.id, children),
  ]);
}

export function file(path: string, tests: readonly Branch[], rest: Partial<TestFile> = {}): Leafy {
  const uri = `${ROOT}/${path}`;
  const state = { new: false, failed: false, unfinished: false, error: null };
  const told = { path, uri, sortText: path, tests: tests.length, ...state, ...rest };
  return { file: told, nodes: flat(path, tests) };
}

export function change(
  state: number,
  { files = [], ...rest }: Partial<Omit<TestsParams, "files">> & { readonly files?: readonly Leafy[] } = {},
): TestsParams {
  const nodes = files
    .filter((one) => one.nodes.length > 0)
    .map((one) => ({ path: one.file.path, nodes: one.nodes, removed: [] }));
  const told = { files: files.map((one) => one.file), nodes };
  return { root: ROOT, state, reset: false, complete: true, removed: [], folders: [], ...told, ...rest };
}

export function record(id: string, rest: Partial<Record> = {}): Record {
  return {
    id,
    outcome: "passed",
    when: 1_700_000_000,
    duration: 0.012,
    phase: null,
    message: null,
    location: null,
    frames: [],
    expected: null,
    actual: null,
    longrepr: null,
    outdated: false,
    ...rest,
  };
}

export function failedRecord(id: string, message: string, rest: Partial<Record> = {}): Record {
  const location = { uri: `${ROOT}/${id.split("::")[0] ?? ""}`, range: line(4, 4, 20) };
  return record(id, { outcome: "failed", phase: "call", message, location, ...rest });
}

/** A failure on a line (0-based) of its own test file. */
export function failurePlace(id: string, at: number, rest: Partial<FailurePlace> = {}): FailurePlace {
  const location = { uri: `${ROOT}/${id.split("::")[0] ?? ""}`, range: line(at, 0, 0) };
  return { root: ROOT, id, message: "assert 0", location, outdated: false, ...rest };
}

export function failureMarker(rest: Partial<FailureMarker> = {}): FailureMarker {
  return { range: line(1, 4, 17), message: "assert 1 == 2", ids: ["t.py::test_a"], outdated: false, ...rest };
}

export function summary(rest: Partial<SummaryParams> = {}): SummaryParams {
  return {
    root: ROOT,
    failed: 0,
    unfinished: 0,
    new: 0,
    passed: 0,
    stale: 0,
    total: 0,
    running: null,
    ...rest,
  };
}

export function entry(key: string, rest: Partial<CacheEntry> = {}): CacheEntry {
  return { key, kind: "value", uri: `${ROOT}/${key}`, size: 100, modified: 0, problem: null, ...rest };
}

export function finding(path: string, rest: Partial<Finding> = {}): Finding {
  const remedy = "set aside and rebuilt";
  return {
    kind: "damaged-value",
    level: "problem",
    path,
    message: "not JSON",
    remedy,
    more: [],
    ids: [],
    ...rest,
  };
}

export function checked(rest: Partial<DoctorResult> = {}): DoctorResult {
  const counts = { runs: 3, failures: 2, unfinished: 0, tests: 15 };
  return { directory: `${ROOT}/.pytest_cache`, findings: [], repairs: [], ...counts, ...rest };
}

/** A run with a failure that began 1,000 s after the epoch. */
export function pastRun(rest: Partial<PastRun> = {}): PastRun {
  return {
    id: "20261120T135700.123456Z-4711-a1b2c3d4",
    when: 1000,
    origin: "editor",
    state: "failed",
    counts: { passed: 2, failed: 1 },
    duration: 1.5,
    modes: [],
    args: [],
    command: "cd /shop && python -m pytest",
    ...rest,
  };
}
