/** The hosts that the environment and the configuration have recorded, for commands that read or pass on calls. */
import { Option } from "effect"
import { readCaptureSettings } from "../capture/index.js"

export const captureHosts = (config: Option.Option<string>): ReadonlyArray<string> =>
  readCaptureSettings({
    ...process.env,
    ...(Option.isNone(config) ? {} : { HOOKSHIFT_CONFIG: config.value })
  }).hosts
