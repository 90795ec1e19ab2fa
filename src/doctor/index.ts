/** What the command line may use of the doctor. */
export * from "./Doctor.js"
