/** The configuration as the command line uses it: validated, with its sources, secrets and keys. */
export * from "./ChosenSources.js"
export * from "./ConfigError.js"
export * from "./InboxKey.js"
export * from "./LoadConfig.js"
export * from "./ReconcileSettings.js"
export * from "./Secret.js"
export * from "./Source.js"
export { neededWebhooks, profileOf, type Webhook, webhookSecretsOf, webhookSettingsOf } from "./Webhook.js"
