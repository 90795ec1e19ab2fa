/** A recording made ready for replays: its scenario for the model, and its parts of a replay over the wire. */
export { readChanges, truthFileOf, writeTruth } from "./ChangeFile.js"
export { scenariosOf } from "./ModelScenarios.js"
export { recordedReplay } from "./RecordedReplay.js"
