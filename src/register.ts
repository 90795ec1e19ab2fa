/** `hookshift/register`: `node --import hookshift/register app.js` records with no code change. */
import { createRequire } from "node:module"
import type { Recorder } from "./capture/recorder/Recorder.js"

const preload = createRequire(import.meta.url)("./preload.cjs") as { readonly recorder: Recorder }

/** This thread's recorder, for programs that want to flush it themselves; absent on a Node that is too old. */
export const recorder: Recorder = preload.recorder
