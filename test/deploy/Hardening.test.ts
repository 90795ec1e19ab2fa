/** An attacker's look at docs/deploy: nothing runs as root, no secret is in a variable, no operators' port is open. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { defaultAdminPort } from "../../src/receiver/operations/AdminListener.js"
import {
  compose,
  container,
  deployed,
  deployFolder,
  deployments,
  dockerfile,
  helpOf,
  objects,
  pod,
  type Settings,
  unit,
  unitValues,
  yaml
} from "./files.js"

const services = Object.entries(compose.services) as ReadonlyArray<[string, Settings]>
const secretWord = /secret|passw|token|key|credential/i

describe("the compose file", () => {
  it.each(services)("gives %s no root, no capability, no way to more", (_, service) => {
    expect(service.user).toMatch(/^[1-9]\d*:\d+$/)
    expect(service.cap_drop).toEqual(["ALL"])
    expect(service.security_opt).toContain("no-new-privileges:true")
    for (const key of ["cap_add", "privileged", "network_mode", "pid", "ipc", "devices", "userns_mode"])
      expect(service).not.toHaveProperty(key)
    for (const volume of service.volumes) {
      expect(volume).not.toContain("docker.sock")
      // What is of the host is read-only; what is written is in a volume of its own.
      if (/^[./]/.test(volume)) expect(volume).toMatch(/:ro$/)
    }
    expect(service.image).toMatch(/:(?!latest)[\w.]+$/)
  })
  it.each(services)("gives %s no secret in a variable", (_, { build, environment = {} }) => {
    for (const [name, value] of Object.entries(environment))
      if (secretWord.test(name)) {
        expect(name).toMatch(/__FILE$/)
        expect(value).toMatch(/^\/run\/secrets\//)
      }
    expect(build?.args).toBeUndefined()
  })
  it("publishes on loopback only, and not the operators' listener", () => {
    const published = services.flatMap(([name, { ports = [] }]) => ports.map((port: string) => `${name} ${port}`))
    expect(published).toEqual(["receiver 127.0.0.1:8787:8787", "grafana 127.0.0.1:3001:3000"])
    expect(published.join()).not.toContain(String(defaultAdminPort))
  })
  it("lets the program and Prometheus out nowhere, and only those that need it reach the receiver", () => {
    const on = (network: string) => services.filter(([, one]) => one.networks.includes(network)).map(([name]) => name)
    expect(on("hooks")).toEqual(["receiver"])
    expect(on("events")).toEqual(["receiver", "program"])
    expect(on("monitoring")).toEqual(["receiver", "prometheus", "grafana"])
    expect([compose.networks.events.internal, compose.networks.monitoring.internal]).toEqual([true, true])
    expect(JSON.parse(deployments.compose.config).receiver.trustProxy).toEqual([
      compose.networks.hooks.ipam.config[0].subnet
    ])
  })
  it("mounts files that there are, and secrets that it declares", () => {
    for (const [, { secrets = [], volumes }] of services) {
      for (const volume of volumes as ReadonlyArray<string>)
        if (volume.startsWith(".")) readdirSync(join(deployFolder, "compose", volume.split(":")[0]!, ".."))
      for (const secret of secrets) expect(compose.secrets).toHaveProperty(secret)
    }
    expect(deployed(".gitignore")).toContain("compose/secrets/")
  })
})

describe("the objects of Kubernetes", () => {
  it("run a single receiver, without root, capabilities, a writable root or an account's token", () => {
    const { replicas, selector, strategy, template } = objects["Deployment"]!.spec
    expect([replicas, strategy.type]).toEqual([1, "Recreate"])
    expect(template.metadata.labels).toMatchObject(selector.matchLabels)
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } })
    expect(dockerfile).toContain(`USER ${pod.securityContext.runAsUser}:${pod.securityContext.runAsGroup}\n`)
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] }
    })
    expect([pod.automountServiceAccountToken, objects["ServiceAccount"]!.automountServiceAccountToken]).toEqual([
      false,
      false
    ])
    for (const key of ["hostNetwork", "hostPID", "hostIPC"]) expect(pod).not.toHaveProperty(key)
  })
  it("have the secrets as files, and none in a variable or in a file here", () => {
    expect(container).not.toHaveProperty("env")
    expect(container).not.toHaveProperty("envFrom")
    expect(objects).not.toHaveProperty("Secret")
    const mount = container.volumeMounts.find(({ name }: Settings) => name === "secrets")
    expect(`${mount.mountPath}/`).toBe(deployments.kubernetes.secrets)
    expect(pod.volumes.find(({ name }: Settings) => name === "secrets").secret.defaultMode).toBe(0o440)
    const [kustomization] = yaml("kubernetes/kustomization.yaml")
    expect(kustomization.resources.concat(kustomization.configMapGenerator[0].files).sort()).toEqual(
      readdirSync(join(deployFolder, "kubernetes"))
        .filter((name) => name !== "kustomization.yaml")
        .sort()
    )
    expect(kustomization).not.toHaveProperty("secretGenerator")
  })
  it("show the senders' port, and the operators' one to the namespace of the monitoring alone", () => {
    expect(objects["Service"]!.spec.ports).toEqual([{ name: "hooks", port: 8787, targetPort: "hooks" }])
    expect(objects["Service"]!.spec.publishNotReadyAddresses).toBe(true)
    expect(objects["Ingress"]!.spec.rules[0].http.paths.map(({ path }: Settings) => path)).toEqual(["/hooks"])
    expect(`https://${objects["Ingress"]!.spec.rules[0].host}`).toBe(
      JSON.parse(deployments.kubernetes.config).receiver.publicUrl
    )
    const { egress, ingress, policyTypes } = objects["NetworkPolicy"]!.spec
    expect(policyTypes).toEqual(["Ingress", "Egress"])
    expect(egress.every(({ ports, to }: Settings) => ports.length > 0 && to.length > 0)).toBe(true)
    expect(ingress.map(({ from, ports }: Settings) => [ports[0].port, from[0].namespaceSelector.matchLabels])).toEqual([
      ["hooks", { "kubernetes.io/metadata.name": "ingress-nginx" }],
      ["admin", { "kubernetes.io/metadata.name": "monitoring" }]
    ])
    expect(ingress.every(({ from, ports }: Settings) => from.length === 1 && ports.length === 1)).toBe(true)
  })
})

describe("the image", () => {
  const final = dockerfile.slice(dockerfile.lastIndexOf("\nFROM ") + 1)
  it("runs as a user without rights, from the packed package alone", () => {
    expect(final).toMatch(/^FROM node:24-\w+-slim\n/)
    expect([...final.matchAll(/^(?:COPY|ADD) (.*)$/gm)].map((match) => match[1])).toEqual([
      "--from=build /opt/hookshift /opt/hookshift"
    ])
    expect(dockerfile).toContain("--omit=dev --ignore-scripts")
    expect(final.match(/^USER .*$/gm)).toEqual(["USER 1000:1000"])
  })
  it("has no secret in a layer: none is an argument or a variable, and none comes in with the checkout", () => {
    expect(dockerfile).not.toMatch(/^ARG /m)
    for (const [, set] of dockerfile.matchAll(/^ENV ((?:.*\\\n)*.*)$/gm)) expect(set).not.toMatch(secretWord)
    const [first, ...rest] = deployed("Dockerfile.dockerignore")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
    expect(first).toBe("*")
    expect(rest.filter((line) => !line.startsWith("!"))).toContain("**/secrets")
  })
  it("is asked and scraped where it listens", () => {
    const [, command] = /^CMD (\["receive".*\])$/m.exec(final)!
    const words = JSON.parse(command!) as ReadonlyArray<string>
    const help = helpOf("receive")
    expect(words.filter((word) => word.startsWith("--") && !help.includes(word))).toEqual([])
    const listen = words[words.indexOf("--listen") + 1]!
    const [hooks, admin] = ["hooks", "admin"].map(
      (name) => container.ports.find((port: Settings) => port.name === name).containerPort as number
    )
    expect(listen).toBe(`0.0.0.0:${hooks}`)
    expect(final).toContain(`EXPOSE ${hooks}\n`)
    expect(final).toContain(`127.0.0.1:${admin}/readyz`)
    for (const { config } of [deployments.compose, deployments.kubernetes])
      expect(JSON.parse(config).receiver.admin).toBe(`0.0.0.0:${admin}`)
    expect(yaml("compose/prometheus/prometheus.yml")[0]!.scrape_configs[0].static_configs[0].targets).toEqual([
      `receiver:${admin}`
    ])
    expect(objects["Deployment"]!.spec.template.metadata.annotations["prometheus.io/port"]).toBe(String(admin))
    const config = /\bHOOKSHIFT_CONFIG=(\S+)/.exec(final)![1]!
    expect(container.volumeMounts.some(({ mountPath }: Settings) => config.startsWith(`${mountPath}/`))).toBe(true)
    expect(compose.services.receiver.volumes).toContain(`./receiver:${config.slice(0, config.lastIndexOf("/"))}:ro`)
  })
})

describe("the units of systemd", () => {
  it("run as a user of their own, with secrets as credentials and none in a variable", () => {
    const units = readdirSync(join(deployFolder, "systemd")).filter((name) => name.endsWith(".service"))
    expect(units.length).toBe(2)
    for (const name of units) {
      const text = readFileSync(join(deployFolder, "systemd", name), "utf8")
      expect([...text.matchAll(/^User=(.*)$/gm)].map((match) => match[1])).toEqual(["hookshift"])
      expect(text).not.toMatch(/^Environment/m)
      for (const line of ["NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=\n"])
        expect(text, name).toContain(line)
    }
    expect([...unit.matchAll(/^\[(\w+)\]$/gm)].map((match) => match[1])).toEqual(["Unit", "Service", "Install"])
    for (const value of unitValues("LoadCredential")) {
      const [id, path] = value.split(":")
      expect(path).toBe(`/etc/hookshift/secrets/${id}`)
    }
  })
  it("keep both listeners on loopback", () => {
    const { receiver } = JSON.parse(deployments.systemd.config)
    expect([receiver.listen, receiver.admin]).toEqual(["127.0.0.1:8787", `127.0.0.1:${defaultAdminPort}`])
  })
})
