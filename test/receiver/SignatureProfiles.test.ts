/** Each profile against an implementation that others wrote, in both directions. */
import { createSign, generateKeyPairSync, webcrypto } from "node:crypto"
import { sign as githubSign, verify as githubVerify } from "@octokit/webhooks-methods"
import fc from "fast-check"
import { Webhook } from "standardwebhooks"
import Stripe from "stripe"
import { describe, expect, it } from "vitest"
import { deliveryIdOf, type SignatureProfile, signBody, verifyWebhook } from "../../src/receiver/index.js"

/** The whole campaign: SIGNATURE_RUNS=10000. */
const numRuns = Number(process.env["SIGNATURE_RUNS"] ?? 1_500)
const now = Date.UTC(2026, 2, 2, 10)
const seconds = Math.floor(now / 1000)
const secret = "a secret of some length"
const base64Secret = `whsec_${Buffer.from("0123456789abcdef01234567").toString("base64")}`
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
const publicPem = publicKey.export({ type: "spki", format: "pem" }).toString()

const webHmac = async (body: string): Promise<Buffer> => {
  const key = await webcrypto.subtle.importKey("raw", Buffer.from(secret), { name: "HMAC", hash: "SHA-256" }, false, [
    "sign"
  ])
  return Buffer.from(await webcrypto.subtle.sign("HMAC", key, Buffer.from(body)))
}

interface Foreign {
  readonly profile: SignatureProfile
  readonly secret: string
  readonly runs?: number
  readonly encoding?: "base64"
  /** Headers as the other implementation makes them. */
  readonly sign: (body: string) => Promise<Record<string, string>>
  /** The bits of the signature, for those who change one of them. */
  readonly flip: (headers: Record<string, string>, bit: number) => Record<string, string>
}

const flipIn =
  (name: string, encoding: "hex" | "base64", prefix: string, bits = 256) =>
  (headers: Record<string, string>, bit: number): Record<string, string> => {
    const text = headers[name]!
    const from = text.indexOf(prefix) + prefix.length
    const bytes = Buffer.from(text.slice(from), encoding)
    expect(bytes.length * 8).toBe(bits)
    bytes[bit >> 3]! ^= 1 << (bit & 7)
    return { ...headers, [name]: text.slice(0, from) + bytes.toString(encoding) }
  }

const foreign: Record<string, Foreign> = {
  "standardwebhooks' own package": {
    profile: "standard-webhooks",
    secret: base64Secret,
    sign: async (body) => ({
      "webhook-id": "msg_1",
      "webhook-timestamp": String(seconds),
      "webhook-signature": new Webhook(base64Secret).sign("msg_1", new Date(now), body)
    }),
    flip: flipIn("webhook-signature", "base64", "v1,")
  },
  "GitHub's own package": {
    profile: "github",
    secret,
    sign: async (body) => ({ "x-hub-signature-256": await githubSign(secret, body) }),
    flip: flipIn("x-hub-signature-256", "hex", "sha256=")
  },
  "Stripe's own package": {
    profile: "stripe",
    secret,
    sign: async (body) => ({
      "stripe-signature": Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: seconds })
    }),
    flip: flipIn("stripe-signature", "hex", "v1=")
  },
  "Web Crypto, as Shopify writes it": {
    profile: "shopify",
    secret,
    sign: async (body) => ({ "x-shopify-hmac-sha256": (await webHmac(body)).toString("base64") }),
    flip: flipIn("x-shopify-hmac-sha256", "base64", "")
  },
  "Web Crypto, as Freshworks writes it in base64": {
    profile: "freshworks",
    secret,
    encoding: "base64",
    sign: async (body) => ({ "x-freshworks-signature": (await webHmac(body)).toString("base64") }),
    flip: flipIn("x-freshworks-signature", "base64", "")
  },
  "an RSA key, as Freshchat uses it": {
    profile: "freshchat",
    secret: publicPem,
    runs: Math.ceil(numRuns / 10),
    sign: async (body) => ({
      "x-freshchat-signature": createSign("RSA-SHA256").update(body).sign(privateKey, "base64")
    }),
    flip: flipIn("x-freshchat-signature", "base64", "", 2048)
  }
}

describe.each(Object.entries(foreign))(
  "signatures of %s",
  (_, { encoding, flip, profile, runs = numRuns, secret: key, sign }) => {
    const settings = {
      profile,
      secrets: ["", "whsec_b3RoZXI=", key],
      ...(encoding === undefined ? {} : { encoding })
    } as const
    // A key that is none is refused where keys are set; here one has to do.
    const usable = profile === "freshchat" ? { ...settings, secrets: [key] } : settings
    const check = (headers: Record<string, string>, body: string, at = now) =>
      verifyWebhook(usable, headers, Buffer.from(body), at)

    it("are taken for any body, and not for another one", async () => {
      await fc.assert(
        fc.asyncProperty(fc.string({ minLength: 1, maxLength: 200, unit: "grapheme" }), async (body) => {
          // GitHub's own package signs no empty body.
          const headers = await sign(body)
          expect(check(headers, body)).toMatchObject({ valid: true })
          expect(check(headers, `${body} `)).toEqual({ valid: false, reason: "wrong" })
        }),
        { numRuns: runs, seed: 21 }
      )
    })

    it("are refused with any one bit changed, cut off, or absent", async () => {
      const body = '{"id":42}'
      const headers = await sign(body)
      for (let bit = 0; bit < (profile === "freshchat" ? 2048 : 256); bit++)
        expect(check(flip(headers, bit), body)).toEqual({ valid: false, reason: "wrong" })
      const [name] = Object.entries(headers).at(-1)!
      for (const text of [headers[name]!.slice(0, -1), `${headers[name]}x`, "x", "v1,", "sha256=", `t=${seconds}`])
        expect(check({ ...headers, [name]: text }, body), text).toEqual({ valid: false, reason: "wrong" })
      expect(check({ ...headers, [name]: "" }, body)).toEqual({ valid: false, reason: "missing" })
      expect(verifyWebhook({ ...usable, secrets: [""] }, headers, Buffer.from(body), now).valid).toBe(false)
    })
  }
)

describe("signed times", () => {
  it.each(["standard-webhooks", "stripe"] as const)("of %s are held against the clock, both ways", async (profile) => {
    const { secret: key, sign } = Object.values(foreign).find((one) => one.profile === profile)!
    const headers = await sign("{}")
    const at = (milliseconds: number, toleranceSeconds?: number) =>
      verifyWebhook(
        { profile, secrets: [key], ...(toleranceSeconds === undefined ? {} : { toleranceSeconds }) },
        headers,
        Buffer.from("{}"),
        milliseconds
      )
    expect(at(now + 299_000)).toMatchObject({ valid: true })
    expect(at(now - 299_000)).toMatchObject({ valid: true })
    expect(at(now + 301_000)).toEqual({ valid: false, reason: "expired" })
    expect(at(now - 301_000)).toEqual({ valid: false, reason: "expired" })
    expect(at(now + 301_000, 600)).toMatchObject({ valid: true })
  })

  it("cannot be changed without the secret", async () => {
    const standard = await foreign["standardwebhooks' own package"]!.sign("{}")
    const later = { ...standard, "webhook-timestamp": String(seconds + 60) }
    expect(
      verifyWebhook({ profile: "standard-webhooks", secrets: [base64Secret] }, later, Buffer.from("{}"), now)
    ).toEqual({
      valid: false,
      reason: "wrong"
    })
    const stripe = (await foreign["Stripe's own package"]!.sign("{}"))["stripe-signature"]!
    for (const given of [
      stripe.replace(String(seconds), String(seconds + 60)),
      `${stripe},t=${seconds}`,
      stripe.replace(/t=\d+,/, "")
    ])
      expect(
        verifyWebhook({ profile: "stripe", secrets: [secret] }, { "stripe-signature": given }, Buffer.from("{}"), now)
          .valid
      ).toBe(false)
  })
})

describe("what we sign", () => {
  it("is taken by the others, and several signatures are each looked at", async () => {
    const body = '{"a":1}'
    expect(await githubVerify(secret, body, `sha256=${signBody(Buffer.from(body), secret)}`)).toBe(true)
    const old = new Webhook("b3RoZXI=").sign("m", new Date(now), body)
    const current = new Webhook(base64Secret).sign("m", new Date(now), body)
    const headers = {
      "webhook-id": "m",
      "webhook-timestamp": String(seconds),
      "webhook-signature": `${old} ${current}`
    }
    expect(
      verifyWebhook({ profile: "standard-webhooks", secrets: [base64Secret] }, headers, Buffer.from(body), now).valid
    ).toBe(true)
    const rolled = [secret, "new secret"].map((one) =>
      Stripe.webhooks.generateTestHeaderString({ payload: body, secret: one, timestamp: seconds })
    )
    const both = `${rolled[0]},${rolled[1]!.replace(/^t=\d+,/, "")}`
    for (const one of [secret, "new secret"])
      expect(
        verifyWebhook({ profile: "stripe", secrets: [one] }, { "stripe-signature": both }, Buffer.from(body), now).valid
      ).toBe(true)
  })

  it("has the sender's own delivery id where its profile has one", () => {
    const headers = {
      "webhook-id": "w",
      "x-github-delivery": "g",
      "x-shopify-webhook-id": "s",
      "x-freshworks-signature": "f"
    }
    const ids = (["standard-webhooks", "github", "shopify", "freshworks", "stripe", "freshchat", "token"] as const).map(
      (profile) => deliveryIdOf(profile, headers)
    )
    expect(ids).toEqual(["w", "g", "s", null, null, null, null])
  })
})
