/** Turns the contract's values into VS Code's. */

import { Location, Position, Range, Uri } from "vscode";

import type * as protocol from "../client/protocol.generated";

export function toPosition(position: protocol.Position): Position {
  return new Position(position.line, position.character);
}

export function toRange(range: protocol.Range): Range {
  return new Range(toPosition(range.start), toPosition(range.end));
}

export function toLocation(location: protocol.Location): Location {
  return new Location(Uri.parse(location.uri, true), toRange(location.range));
}
