/** Debian's Chromium, or another browser of its kind; `undefined` without one. */
import { existsSync } from "node:fs"

export const browserPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync)
