/** Each profile against an implementation that others wrote, in both directions. */
import { createHmac, createSign, generateKeyPairSync, webcrypto } from "node:crypto"
import { sign as githubSign, verify as githubVerify } from "@octokit/webhooks-methods"
import fc from "fast-check"
import { Webhook } from "standardwebhooks"
import Stripe from "stripe"
import { describe, expect, it } from "vitest"
import { deliveryIdOf, identityOf, type SignatureProfile, signBody, verifyWebhook } from "../../src/receiver/index.js"

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

  it("has the sender's own delivery id where its profile signs one, and the signed bytes where nothing else is signed", () => {
    const headers = {
      "webhook-id": "w",
      "x-github-delivery": "g",
      "x-shopify-webhook-id": "s",
      "x-freshworks-signature": "f"
    }
    const ids = (["standard-webhooks", "github", "shopify", "freshworks", "stripe", "freshchat", "token"] as const).map(
      (profile) => deliveryIdOf(profile, headers)
    )
    expect(ids).toEqual(["w", null, null, null, null, null, null])
    for (const profile of ["github", "shopify"] as const) {
      const of = (id: string, body: string) =>
        identityOf(profile, { "x-github-delivery": id, "x-shopify-webhook-id": id }, Buffer.from(body))
      expect(of("other", "a")).toBe(of("g", "a"))
      expect(of("g", "b")).not.toBe(of("g", "a"))
    }
  })
})

/** Headers of each profile over `body`, as its documentation makes them; `around` changes the proof itself. */
const inField = (
  body: Buffer,
  around: (proof: string) => string = (proof) => proof
): Record<string, { settings: Parameters<typeof verifyWebhook>[0]; headers: Record<string, string> }> => {
  const digest = (encoding: "hex" | "base64", ...parts: Array<string | Buffer>) =>
    signBody(Buffer.concat(parts.map((part) => Buffer.from(part))), secret, encoding)
  const key = Buffer.from("0123456789abcdef01234567")
  const standard = createHmac("sha256", key).update(`id_1.${seconds}.`).update(body).digest("base64")
  const named = (name: string) => ({
    settings: { profile: "standard-webhooks", secrets: [base64Secret] } as const,
    headers: {
      [`${name}-id`]: "id_1",
      [`${name}-timestamp`]: String(seconds),
      [`${name}-signature`]: around(`v1,${standard}`)
    }
  })
  return {
    freshworks: {
      settings: { profile: "freshworks", secrets: [secret] },
      headers: { "x-freshworks-signature": around(digest("hex", body)) }
    },
    github: {
      settings: { profile: "github", secrets: [secret] },
      headers: { "x-hub-signature-256": around(`sha256=${digest("hex", body)}`) }
    },
    shopify: {
      settings: { profile: "shopify", secrets: [secret] },
      headers: { "x-shopify-hmac-sha256": around(digest("base64", body)) }
    },
    stripe: {
      settings: { profile: "stripe", secrets: [secret] },
      headers: { "stripe-signature": around(`t=${seconds},v1=${digest("hex", `${seconds}.`, body)}`) }
    },
    freshchat: {
      settings: { profile: "freshchat", secrets: [publicPem] },
      headers: { "x-freshchat-signature": around(createSign("sha256").update(body).sign(privateKey, "base64")) }
    },
    "standard-webhooks": named("webhook"),
    svix: named("svix")
  }
}

describe("each profile", () => {
  it.each([
    ["nothing", Buffer.alloc(0)],
    ["a byte order mark", Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d])],
    ["no UTF-8", Buffer.from([0x7b, 0xc3, 0x28, 0xff, 0x00, 0x7d])],
    ["gzip", Buffer.from([0x1f, 0x8b, 0x08, 0x00])]
  ])("checks the bytes as they are: %s", (_, body) => {
    for (const [name, { headers, settings }] of Object.entries(inField(body))) {
      expect(verifyWebhook(settings, headers, body, now), name).toEqual({ valid: true, secret: 0 })
      expect(verifyWebhook(settings, headers, Buffer.concat([body, Buffer.from(" ")]), now).valid, name).toBe(false)
    }
  })
  it("takes the proof within white space, and the right one of several", () => {
    const body = Buffer.from('{"a":1}')
    for (const around of [(proof: string) => `  ${proof}\t`, (proof: string) => `AAAA, ${proof}`])
      for (const [name, { headers, settings }] of Object.entries(inField(body, around)))
        expect(verifyWebhook(settings, headers, body, now).valid, name).toBe(true)
  })
})

describe("Svix's names for the standard's headers", () => {
  const body = Buffer.from('{"b":2}')
  const { headers, settings } = inField(body)["svix"]!
  it("have the delivery id as well", () => {
    expect(deliveryIdOf("standard-webhooks", headers)).toBe("id_1")
  })
  it("are not mixed with the other ones: a time that was not signed does not count", () => {
    const mixed = { ...headers, "svix-timestamp": String(seconds - 4000), "webhook-timestamp": String(seconds) }
    expect(verifyWebhook(settings, mixed, body, now)).toEqual({ valid: false, reason: "wrong" })
  })
  it("expire as the others do", () => {
    expect(verifyWebhook(settings, headers, body, now + 301_000)).toEqual({ valid: false, reason: "expired" })
  })
  it("may be signed with a secret of plain text, as --forward does it", () => {
    const plain = "no base64 at all!"
    const signature = createHmac("sha256", plain).update(`id_1.${seconds}.`).update(body).digest("base64")
    const given = { profile: "standard-webhooks", secrets: [plain] } as const
    expect(verifyWebhook(given, { ...headers, "svix-signature": `v1,${signature}` }, body, now).valid).toBe(true)
  })
})
