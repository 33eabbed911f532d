// What an error of the SDK's sign-in means: another token may help, only an administrator can, or (null) it
// is the connection, which the SDK mends. https://www.twilio.com/docs/api/errors
export type SdkFault = 'token' | 'account' | null

const FAULTS: ReadonlyMap<number, SdkFault> = new Map([
  [20101, 'token'], // invalid
  [20104, 'token'], // expired
  [20151, 'account'], // authentication failed
  [31201, 'account'],
  [31202, 'account'], // signature: the API key is gone
  [31203, 'account'], // the account is not active
  [31204, 'token'],
  [31205, 'token'],
  [31207, 'account'], // longer than 24 hours
])

export function sdkFault(error: unknown): SdkFault {
  const code = Number((error as { code?: unknown } | null)?.code)
  return FAULTS.get(code) ?? null
}
