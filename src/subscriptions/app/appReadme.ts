/**
 * The generated app's README: what an administrator does with it, and where to look when no delivery comes. The steps
 * are the vendor's public documentation [docs] and what other integrators published [field]; what is neither is named
 * in its last section. Pure.
 */
import { withArticle } from "../../domain/Figures.js"
import { isShared, providerOf } from "../../providers/index.js"
import type { PlannedSubscription } from "../SubscriptionPlan.js"

interface Facts {
  readonly plan: ReadonlyArray<PlannedSubscription>
  /** The receiver's public address. */
  readonly origin: string
  /** How the installation page names the secret of a source. */
  readonly parameterTitle: (source: string) => string
  /** Versions that the manifest names. */
  readonly engines: { readonly node: string; readonly fdk: string }
}

/** The app route's allowance, by the catalogues of the planned products. */
const outgoingRequests = (plan: ReadonlyArray<PlannedSubscription>): string => {
  const allowances = plan.flatMap(({ product }) => {
    const allowance = providerOf(product)?.allowances.app
    return allowance === undefined || isShared(allowance) ? [] : [allowance]
  })
  return [
    ...new Set(allowances.map(({ period, requests }) => `${requests} outgoing requests ${withArticle(period)}`))
  ].join(" or ")
}

/** Modules of the plan that newer accounts do not have, each with its consequence. */
const withoutEvents = (plan: ReadonlyArray<PlannedSubscription>): ReadonlyArray<string> => {
  const sentences = plan.flatMap(({ product }) => {
    const provider = providerOf(product)
    return (provider?.eventlessModules ?? []).flatMap(({ accountsSince, inPlaceOf, module }) => {
      const events = plan
        .filter((one) => one.product === product && provider?.appEvents[one.event]?.module === inPlaceOf)
        .map(({ event }) => event)
      return events.length === 0
        ? []
        : [
            [
              `An account made since ${accountsSince} has the module ${module} in place of ${inPlaceOf}, and it has no`,
              `product events: generate the app there without ${distinct(events).join(", ")} (\`--events\` names the`,
              "others; take out by `hookshift subscriptions remove --events` what was applied before).",
              "Reconciliation brings those changes."
            ].join(" ")
          ]
    })
  })
  return [...new Set(sentences)]
}

const distinct = (values: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(values)]

const row = (...cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

/** The products' galleries of apps. */
const galleries = (plan: ReadonlyArray<PlannedSubscription>): string =>
  distinct(plan.map(({ product }) => product))
    .map((product) => `   - ${product}: ${providerOf(product)?.appsGallery ?? "the gallery of apps"}`)
    .join("\n")

/** Freshservice installs an app for the account or for workspaces; the others have no such choice. */
const workspaceNote = (plan: ReadonlyArray<PlannedSubscription>): string =>
  plan.some(({ product }) => product === "freshservice")
    ? `
   Freshservice: install it for the whole account. Installed for workspaces, it gets the events of those alone.`
    : ""

const firstMajor = (version: string): string => version.split(".")[0]!

export const appReadme = ({ engines, origin, parameterTitle, plan }: Facts): string => {
  const sources = distinct(plan.map(({ source }) => source))
  const modules = distinct(
    plan.flatMap(({ event, product }) => providerOf(product)?.appEvents[event]?.module ?? [])
  ).join(", ")
  const example = plan[0]!
  return `# Product events to ${origin}

A custom app that passes these events on to hookshift's receiver, signed with HMAC-SHA256:

${plan.map((one) => `- ${one.account}: ${one.watches.join(", ")} → ${one.target}`).join("\n")}

It shows nothing to agents, keeps nothing, and calls no other address.

## What you need

- **A role.** The apps' gallery stands in the admin pages: sign in as an administrator of each account above. Where
  the menu is missing, ask the account's administrator to open it for your role.
- **The vendor's kit (FDK) ${firstMajor(engines.fdk)}, on Node ${engines.node}**, on any computer. It packs the app,
  and is not needed afterwards. It comes from the vendor's own server, not from npm's registry:

  \`\`\`sh
  nvm install ${engines.node} && nvm use ${engines.node}
  npm install --global https://cdn.freshdev.io/fdk/latest-v${firstMajor(engines.node)}.tgz
  fdk version
  \`\`\`

  FDK 9 on Node 18 is out of support since 31 May 2026. Where \`fdk\` offers to write its own versions into
  \`manifest.json\`, accept.
- **The receiver**, reachable from the internet. \`curl -i ${example.target}\` answers 405.

## Pack it

In this folder:

\`\`\`sh
fdk validate
fdk pack
\`\`\`

The second makes \`dist/*.zip\`. From FDK 10.1.9 on it wants half of the code run by a trial first (below); an app that
is not for the marketplace may go without: \`fdk pack --skip-coverage\`.

## A trial run

\`fdk run\` serves the app on your computer. A simulated event is posted to the receiver, which hands it over like any
other: name a receiver for trials in \`config/requests.json\`, or stop your program meanwhile.

1. http://localhost:10001/system_settings: choose the modules (${modules}) and enter the account's address.
2. http://localhost:10001/custom_configs: enter the secrets.
3. http://localhost:10001/web/test: choose an event, then Simulate. \`hookshift inbox list\` has it.

## Upload, publish, install

1. Sign in to the product, and open the gallery of apps:
${galleries(plan)}
2. Go to Developer Portal → New App → Custom App. Upload the zip, give it a name, and go on. A custom app is for your
   own account, and is not reviewed.
3. Fill in what is asked (a description, a support address), then Save and Publish. The version is in development:
   Promote to Live.
4. Back in the gallery: Manage Apps → Custom Apps → Install.${workspaceNote(plan)}
5. Fill in the installation parameters:

   ${row("parameter", "what goes in")}
   ${row("---", "---")}
${sources
  .map((source) => `   ${row(parameterTitle(source), `what sources.${source}.webhook has as its secret`)}`)
  .join("\n")}

   They are masked once saved. A new secret is typed in anew under Manage Apps → Custom Apps → Settings.
6. Change something that the app covers, such as a priority. \`hookshift subscriptions status\` shows the subscription
   active once its first delivery is verified.

When the receiver moves, or other events are wanted, generate the app again, and upload it as a new version of the
same app.

## No delivery comes: look here

In the order of likelihood:

1. **Nothing has happened that fires an event.** The list above is all that it tells of. A ticket of which only tags or
   custom fields change fires nothing; reconciliation brings it.
2. **The app is not live, or not installed.** Manage Apps → Custom Apps has to show it, in each account. A version that
   is still in development is not live.
3. **The secret differs.** The receiver's log says "a delivery was refused", with the reason \`wrong\` or \`missing\`, and
   its metric \`hookshift_deliveries_total{outcome="unauthorized"}\` grows. Type the secret in anew.
4. **The address is not reached.** The receiver counts nothing at all. From another network,
   \`curl -i ${example.target}\` has to answer 405: not an error of TLS, not 404, 502 or 504.
5. **The app says why.** Manage Apps → Custom Apps → Settings → View Log. A line
   \`hookshift: ${example.event} was not taken: STATUS\` has the receiver's answer. 401 is the secret, 403 its
   \`allowFrom\`, 404 the path (a source was renamed), 503 its disk, none no connection. No line at all: the event did
   not fire.
6. **The allowance is used up.** The platform allows an app ${outgoingRequests(plan)} for each
   installation. Ask the vendor for more if your account changes faster.
7. **It came, and stays in the inbox.** \`hookshift inbox list\` has it, with its state.

The app tries a delivery five times within some seconds. What is lost after that, the receiver's next sweep brings.
${withoutEvents(plan)
  .map((sentence) => `\n${sentence}\n`)
  .join("")}
## Not verified

This app is tested in a stub of the platform's runtime, and not on an account. The names of menus and buttons are those
of the vendor's documentation, which is being reworked; which permission of a custom role opens the gallery is not
documented. That a secure parameter reaches the app's server side, and where its log is, is documented for platform
2.3, and what becomes of requests above the allowance is not documented at all.
`
}
