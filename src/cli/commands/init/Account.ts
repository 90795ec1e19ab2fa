/** Answers about an account, checked: product, host name, names of the source and of the key's variable. */
import { isAccount } from "../../../domain/Account.js"
import { nearestName } from "../../../domain/NearestName.js"
import { allProviders, productForHost } from "../../../providers/index.js"
import { isLoopback } from "../../Listening.js"

/** Each gives a sentence about what is wrong, or `null`. */
type Problem = string | null

export const productNames = (): ReadonlyArray<string> => allProviders().map(({ product }) => product)

export const productProblem = (product: string): Problem => {
  const known = productNames()
  if (known.includes(product)) return null
  const near = nearestName(product, known)
  return `the product "${product}" is not known: ${near === null ? `choose one of ${known.join(", ")}` : `did you mean ${near}?`}`
}

/** A usual host name of the product: `acme.freshdesk.com`. */
export const exampleHost = (product: string, name = "acme"): string =>
  ({ freshsales: `${name}.myfreshworks.com`, freshchat: "api.freshchat.com" })[product] ?? `${name}.${product}.com`

/** `help.acme.com`, a host of this machine, or an address. */
const isHostName = (text: string): boolean =>
  isAccount(text) && !text.includes("/") && (text.replace(/:\d+$/, "").includes(".") || isLoopback(text))

export const domainProblem = (product: string, domain: string): Problem => {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(domain)?.[0] ?? ""
  const [host = ""] = domain.slice(scheme.length).split(/[/?#]/, 1)
  if (scheme !== "" || host !== domain) {
    const mend = isHostName(host) ? host : exampleHost(product)
    return `the domain is the account's host name alone, without ${scheme === "" ? "a path" : "a scheme"}: ${mend}, not ${domain}`
  }
  if (!isHostName(domain))
    return `"${domain}" is not a host name: the account's is ${exampleHost(product, /^[a-z0-9-]+$/i.test(domain) ? domain : "acme")}, or a domain of your own`
  const other = productForHost(domain)
  return other === null || other === product
    ? null
    : `${domain} is an account of ${other}, not of ${product}: correct the product or the domain`
}

/** Loopback has no certificate: the simulator and stand-ins are there. */
export const baseUrlOf = (domain: string): string =>
  `${isLoopback(domain) ? "http" : "https"}://${domain.toLowerCase()}`

export const sourceProblem = (source: string): Problem =>
  /^[a-z0-9][a-z0-9_-]*$/i.test(source)
    ? null
    : `"${source}" cannot be the source's name: it is the last part of a hook URL, so use letters, digits, - and _`

export const keyVariableOf = (product: string): string => `${product.toUpperCase()}_API_KEY`

/** A pasted key must not be shown or written: names of variables are in capitals, and keys are not. */
export const keyVariableProblem = (name: string): Problem =>
  /^[A-Z_][A-Z0-9_]*$/.test(name)
    ? null
    : "--api-key-env takes the name of an environment variable, in capitals, such as FRESHDESK_API_KEY: the key itself stays in the environment"

export const hostProblem = (host: string): Problem =>
  isHostName(host)
    ? null
    : `--host takes a host name, with its port if it has one, such as 127.0.0.1:8788, not "${host}"`
