/** Names of fields, parameters and headers whose values are secrets or personal data, whatever they are. Pure. */

/** Anywhere in a name: no other word has them in it. */
const within =
  /passw(?:or)?d|passphrase|passcode|passkey|secret|token|api_?-?key|authori[sz]ation|authenticat|credential|cookie|session|signature|private|e-?mail|phone|mobile|whatsapp|msisdn|address|birth|passport|licen[cs]e|(?:credit|debit)_?-?card|cardnumber|cvv|cvc|iban|csrf|xsrf|twitter_id|facebook_id|(?:first|last|full|middle|display|family|given|sur|user|nick|maiden|login)_?-?name/i

/** As a word of a name, in any spelling: `apiKey`, `API-KEY`, `auth_pin`. */
const words = new Set(
  "pass pwd pw passwd pin pincode otp totp mfa key keys apikey auth oauth bearer jwt hmac sig sign signed nonce salt seed sid sess ssid ssn sin nino cred creds login logon user username uid tel telephone fax cell card cards pan cc ccnum cardno iban bic swift dob zip zipcode postcode postal street city lat lng latitude longitude ip tax vat account_number answer surname forename recovery mnemonic access refresh secretkey pem cert certificate".split(
    " "
  )
)

/** `apiKey` → `api key` */
const wordsOf = (name: string): ReadonlyArray<string> =>
  name
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .map((word) => word.replace(/\d+$/, ""))

/** Endings of names whose value is harmless in spite of the words before: `user_id`, `access_level`, `key_count`. */
const harmlessEnds = new Set(
  "id ids at count total level type status state enabled expired active verified role roles size length".split(" ")
)

export const isSensitiveName = (name: string): boolean => {
  if (within.test(name)) return true
  const all = wordsOf(name)
  if (all.length > 1 && harmlessEnds.has(all.at(-1)!) && !all.includes("tax") && !all.includes("vat")) return false
  return all.some((word) => words.has(word))
}

/** Names whose numbers may be long: ids, moments and sizes. */
const numberEnds = new Set(
  "id ids at on time timestamp ts date created updated modified since until expires size bytes length count total ms seconds version revision sequence seq offset cursor".split(
    " "
  )
)

export const mayBeLongNumber = (name: string): boolean => numberEnds.has(wordsOf(name).at(-1)!)
