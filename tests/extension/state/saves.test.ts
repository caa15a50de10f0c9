import assert from "node:assert/strict";
import { test } from "node:test";

import { REST, Saves, rootAround, together, type After } from "../../../extension/src/state/saves";

/** A clock that goes on when it is told to. */
class Clock {
  now = 0;
  #jobs: { readonly at: number; readonly job: () => void }[] = [];
  readonly after: After = (milliseconds, job) => {
    const one = { at: this.now + milliseconds, job };
    this.#jobs.push(one);
    return () => {
      this.#jobs = this.#jobs.filter((other) => other !== one);
    };
  };

  pass(milliseconds: number): void {
    this.now += milliseconds;
    const due = this.#jobs.filter(({ at }) => at <= this.now);
    this.#jobs = this.#jobs.filter(({ at }) => at > this.now);
    for (const { job } of due) job();
  }
}

class Scene {
  readonly clock = new Clock();
  readonly runs: (readonly string[])[] = [];
  readonly saves = new Saves(this.clock.after, (files) => this.runs.push(files));
}

test("a save runs once there is rest, and only once", () => {
  const { clock, runs, saves } = new Scene();

  saves.saved("a.py");
  clock.pass(REST - 1);
  assert.deepEqual(runs, []);
  clock.pass(1);
  clock.pass(10 * REST);

  assert.deepEqual(runs, [["a.py"]]);
});

test("several saves are one run with each file once, after the last of them", () => {
  const { clock, runs, saves } = new Scene();

  for (const file of ["a.py", "b.py", "a.py"]) {
    saves.saved(file);
    clock.pass(REST - 1);
  }
  assert.deepEqual(runs, []);
  clock.pass(1);
  saves.saved("c.py");
  clock.pass(REST);

  assert.deepEqual(runs, [["a.py", "b.py"], ["c.py"]]);
});

test("what is saved while a run begins is of the next run", () => {
  const clock = new Clock();
  const runs: (readonly string[])[] = [];
  const saves: Saves = new Saves(clock.after, (files) => {
    runs.push(files);
    if (runs.length === 1) saves.saved("b.py");
  });

  saves.saved("a.py");
  clock.pass(REST);
  clock.pass(REST);

  assert.deepEqual(runs, [["a.py"], ["b.py"]]);
});

test("where nobody wants to know any more nothing runs, nor later", () => {
  const { clock, runs, saves } = new Scene();

  saves.saved("a.py");
  saves.clear();
  clock.pass(REST);
  saves.saved("b.py");
  clock.pass(REST);

  assert.deepEqual(runs, [["b.py"]]);
});

test("what is watched several times is watched once, and left out is what each leaves out", () => {
  assert.deepEqual(
    together([
      { root: "x", ids: ["a.py"], exclude: ["p", "q"] },
      { root: "x", ids: ["a.py", "b.py"], exclude: ["q"] },
      { root: "y", ids: ["c.py"], exclude: [] },
    ]),
    [
      { root: "x", ids: ["a.py", "b.py"], exclude: ["q"] },
      { root: "y", ids: ["c.py"], exclude: [] },
    ],
  );
  for (const ids of [[""], []])
    assert.deepEqual(
      together([
        { root: "x", ids, exclude: [] },
        { root: "x", ids: ["a.py"], exclude: [] },
      ]),
      [{ root: "x", ids: [], exclude: [] }],
    );
});

test("a file is of the innermost root around it", () => {
  const roots = ["file:///shop", "file:///shop/libs/tax", "file:///shop/libs"];

  assert.equal(rootAround("file:///shop/libs/tax/a.py", roots), "file:///shop/libs/tax");
  assert.equal(rootAround("file:///shop/libs/taxes.py", roots), "file:///shop/libs");
  assert.equal(rootAround("file:///shops/a.py", roots), undefined);
});
