/** What the capabilities may use of the store as a file: opening, migrating, its failures. No Effect in here. */
export * from "./Database.js"
