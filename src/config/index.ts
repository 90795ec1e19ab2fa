/** The configuration file as plain TypeScript, without Effect: light enough for the recorder's preload. */
export * from "./CaptureSection.js"
export * from "./ConfigFile.js"
