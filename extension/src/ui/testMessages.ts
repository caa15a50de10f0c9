/** Draws a failure as VS Code's own test message. */

import { TestMessage, TestMessageStackFrame, Uri } from "vscode";

import type { Frame } from "../client/protocol.generated";
import type { Failure } from "../state/results";
import { toLocation, toPosition } from "./convert";

/** The failure that decides, and after it what else went wrong in the same test. */
export function toTestMessages(failure: Failure): TestMessage[] {
  const others = failure.others.map(({ text, location }) => {
    const message = new TestMessage(text);
    if (location !== null) message.location = toLocation(location);
    return message;
  });
  return [toTestMessage(failure), ...others];
}

function toTestMessage(failure: Failure): TestMessage {
  const message =
    failure.difference === null
      ? new TestMessage(failure.text)
      : TestMessage.diff(failure.text, failure.difference.expected, failure.difference.actual);
  if (failure.location !== null) message.location = toLocation(failure.location);
  // VS Code lists the innermost frame first, pytest last.
  if (failure.frames.length > 0) message.stackTrace = failure.frames.map(toFrame).reverse();
  return message;
}

function toFrame({ name, location }: Frame): TestMessageStackFrame {
  return new TestMessageStackFrame(name, Uri.parse(location.uri, true), toPosition(location.range.start));
}
