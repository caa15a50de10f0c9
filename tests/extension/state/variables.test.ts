import assert from "node:assert/strict";
import { test } from "node:test";

import { resolvePath, resolveText } from "../../../extension/src/state/variables";

const AROUND = { folder: "/home/ada/shop", home: "/home/ada", environment: { NAME: "$& x", TMP: "/tmp" } };

test("the workspace folder and variables of the environment are put in, and nothing else", () => {
  const texts = [
    "${workspaceFolder}/a:${workspaceFolder}",
    "${env:NAME}|${env:NOWHERE}|",
    "${file} $NAME ${NAME} ~",
  ];

  assert.deepEqual(
    texts.map((text) => resolveText(text, AROUND)),
    ["/home/ada/shop/a:/home/ada/shop", "$& x||", "${file} $NAME ${NAME} ~"],
  );
});

test("a path is absolute, relative to the workspace folder, or in the home folder", () => {
  const paths = [
    "",
    "  ",
    "tests",
    "./tests/",
    "../other",
    "/abs",
    "~",
    "~/x",
    "~ada",
    "${env:TMP}/x",
    "${env:NO}",
  ];

  assert.deepEqual(
    paths.map((one) => resolvePath(one, AROUND)),
    [
      null,
      null,
      "/home/ada/shop/tests",
      "/home/ada/shop/tests",
      "/home/ada/other",
      "/abs",
      "/home/ada",
      "/home/ada/x",
      "/home/ada/shop/~ada",
      "/tmp/x",
      null,
    ],
  );
});
