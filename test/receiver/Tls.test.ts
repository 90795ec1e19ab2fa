/** HTTPS by the receiver itself: deliveries arrive, and a renewed certificate is taken without a restart. */
import { execFileSync, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { request } from "node:https"
import { join } from "node:path"
import type { TLSSocket } from "node:tls"
import { expect, it } from "vitest"
import { createReceiver, signBody } from "../../src/receiver/index.js"
import { deliveryBody, secret } from "../support/deliveries.js"
import { temporaryFolder } from "../support/files.js"

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0

it.skipIf(!hasOpenssl)(
  "is served with the certificate that is named, and with the next one after a reload",
  async () => {
    const folder = temporaryFolder()
    const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")]
    const certify = (name: string) =>
      execFileSync(
        "openssl",
        `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=${name} -addext subjectAltName=IP:127.0.0.1 -keyout ${keyFile} -out ${certFile}`.split(
          " "
        ),
        { stdio: "ignore" }
      )
    const send = (port: number): Promise<{ status: number | undefined; name: string }> => {
      const body = Buffer.from(deliveryBody())
      return new Promise((resolve, reject) => {
        const outgoing = request(
          `https://127.0.0.1:${port}/hooks/fd`,
          {
            method: "POST",
            agent: false,
            ca: readFileSync(certFile),
            headers: { "x-freshworks-signature": signBody(body, secret), "content-length": body.length }
          },
          (response) => {
            const name = (response.socket as TLSSocket).getPeerCertificate().subject.CN
            response.resume()
            response.on("end", () => resolve({ status: response.statusCode, name: String(name) }))
          }
        )
        outgoing.on("error", reject)
        outgoing.end(body)
      })
    }
    certify("first")
    const sources = { fd: { profile: "freshworks", secrets: [secret] } } as const
    const receiver = await createReceiver({
      db: join(folder, "t.db"),
      listen: { port: 0 },
      sources,
      tls: { certFile, keyFile }
    })
    expect(receiver.url).toMatch(/^https:/)
    expect(await send(receiver.port)).toEqual({ status: 200, name: "first" })
    certify("second")
    await receiver.reload(sources)
    expect(await send(receiver.port)).toEqual({ status: 200, name: "second" })
    expect(receiver.inbox.list(10)).toHaveLength(1)
    await receiver.close()
    await expect(
      createReceiver({ db: join(folder, "t.db"), listen: { port: 0 }, sources, tls: { certFile, keyFile: "missing" } })
    ).rejects.toThrow(/certificate cannot be used \(ENOENT\): check tls.certFile and tls.keyFile/)
  }
)
